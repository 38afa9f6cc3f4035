import type { Champion } from "../riot.ts";

/** The five places of a team, in the order of a draft's picks here. */
export const ROLES = ["top", "jungle", "mid", "bottom", "support"] as const;

export type Role = typeof ROLES[number];

/**
 * The champions that are usually played in a role, roughly from the most to the least
 * popular one. Source of names and ids: Data Dragon's champion.json (`name` and `key`) of patch 15.20.
 */
const LISTS: Record<Role, readonly Champion[]> = {
  top: readList(`Aatrox 266, Jax 24, Darius 122, Garen 86, K'Sante 897, Ambessa 799, Camille 164,
    Mordekaiser 82, Renekton 58, Fiora 114, Sett 875, Gwen 887, Irelia 39, Malphite 54, Ornn 516,
    Nasus 75, Riven 92, Teemo 17, Yorick 83, Volibear 106, Gnar 150, Jayce 126, Shen 98, Illaoi 420,
    Tryndamere 23, Urgot 6, Sion 14, Olaf 2, Kayle 10, Kled 240, Gangplank 41, Rumble 68, Kennen 85,
    Singed 27, Cho'Gath 31, Dr. Mundo 36, Tahm Kench 223, Quinn 133, Pantheon 80`),
  jungle: readList(`Lee Sin 64, Viego 234, Kayn 141, Jarvan IV 59, Vi 254, Nocturne 56, Xin Zhao 5,
    Graves 104, Kha'Zix 121, Diana 131, Hecarim 120, Amumu 32, Zac 154, Warwick 19, Master Yi 11,
    Wukong 62, Nidalee 76, Elise 60, Rek'Sai 421, Bel'Veth 200, Briar 233, Lillia 876, Sejuani 113,
    Kindred 203, Evelynn 28, Shaco 35, Rengar 107, Trundle 48, Udyr 77, Fiddlesticks 9, Ekko 245,
    Rammus 33, Nunu & Willump 20, Skarner 72, Ivern 427, Gragas 79, Poppy 78, Maokai 57, Naafiri 950,
    Shyvana 102, Karthus 30`),
  mid: readList(
    `Ahri 103, Yone 777, Sylas 517, Yasuo 157, Viktor 112, Akali 84, Orianna 61, Zed 238,
    Hwei 910, Syndra 134, Katarina 55, LeBlanc 7, Fizz 105, Galio 3, Mel 800, Aurora 893, Vex 711,
    Lissandra 127, Talon 91, Twisted Fate 4, Malzahar 90, Cassiopeia 69, Azir 268, Ryze 13, Zoe 142,
    Kassadin 38, Qiyana 246, Anivia 34, Vladimir 8, Aurelion Sol 136, Taliyah 163, Annie 1,
    Veigar 45, Akshan 166, Xerath 101, Neeko 518, Swain 50, Naafiri 950, Corki 42,
    Heimerdinger 74`,
  ),
  bottom: readList(
    `Kai'Sa 145, Jinx 222, Ezreal 81, Caitlyn 51, Jhin 202, Ashe 22, Lucian 236, Vayne 67,
    Miss Fortune 21, Yunara 804, Smolder 901, Xayah 498, Samira 360, Tristana 18, Draven 119,
    Aphelios 523, Twitch 29, Sivir 15, Varus 110, Kog'Maw 96, Zeri 221, Kalista 429, Nilah 895,
    Ziggs 115`,
  ),
  support: readList(`Thresh 412, Nautilus 111, Lulu 117, Leona 89, Nami 267, Karma 43, Lux 99,
    Blitzcrank 53, Rakan 497, Pyke 555, Rell 526, Milio 902, Janna 40, Braum 201, Morgana 25,
    Senna 235, Soraka 16, Zyra 143, Bard 432, Seraphine 147, Alistar 12, Brand 63, Renata Glasc 888,
    Sona 37, Yuumi 350, Vel'Koz 161, Taric 44, Zilean 26, Xerath 101, Neeko 518, Swain 50,
    Maokai 57, Tahm Kench 223, Poppy 78, Pantheon 80`),
};

/** Their ids. */
export const CHAMPIONS: Record<Role, readonly number[]> = {
  top: idsOf("top"),
  jungle: idsOf("jungle"),
  mid: idsOf("mid"),
  bottom: idsOf("bottom"),
  support: idsOf("support"),
};

/** Each of them once. */
export const NAMED_CHAMPIONS: readonly Champion[] = [
  ...new Map(Object.values(LISTS).flat().map((champion) => [champion.id, champion])).values(),
];

function readList(list: string): Champion[] {
  return list.split(",").map((entry) => {
    const [, name, id] = /^(.+) (\d+)$/.exec(entry.trim())!;
    return { id: Number(id), name };
  });
}

function idsOf(role: Role): number[] {
  return LISTS[role].map(({ id }) => id);
}
