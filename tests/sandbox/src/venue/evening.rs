//! The evening the sandbox plays: hosts called by what they sell, their rooms and hours, groups and drops.

use super::words::Words;

/// One minute.
pub const MINUTE_MS: i64 = 60_000;
/// One hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// One day.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// When a host is on air.
#[derive(Debug, Clone, Copy)]
pub enum Hours {
    /// On air when the sandbox opens, since so many minutes, for so many more.
    OnAir {
        /// Minutes it is on air already.
        since: i64,
        /// Minutes it goes on.
        left: i64,
    },
    /// Goes live so many minutes after the sandbox opens, for so many minutes.
    Later {
        /// Minutes until it begins.
        after: i64,
        /// Minutes it lasts.
        lasts: i64,
    },
    /// Every night from this minute of the UTC day, for so many minutes; and a short session when the sandbox opens
    /// at another hour.
    Nightly {
        /// Minute of the UTC day.
        from: i64,
        /// Minutes it lasts.
        lasts: i64,
    },
}

/// A host and the one room it has. The room's id is the host's `key`.
#[derive(Debug)]
pub struct HostPlan {
    /// Room id, key of its wares and pictures.
    pub key: &'static str,
    /// Host id.
    pub host_id: &'static str,
    /// Called by what it sells; nobody's name.
    pub name: Words,
    /// The room's title.
    pub title: Words,
    /// When it is on air.
    pub hours: Hours,
    /// Viewers around which the count drifts.
    pub viewers: i64,
    /// Milliseconds one shopper waits between two lines; 0 is no slow mode.
    pub slow_mode_ms: i64,
    /// What it says between products.
    pub sayings: &'static [Words],
}

/// Everybody who is on tonight.
pub const HOSTS: &[HostPlan] = &[
    HostPlan {
        key: "pearls",
        host_id: "host_pearls",
        name: ("the pearl host", "珍珠主播"),
        title: ("Baroque pearls, one by one", "巴洛克珍珠，一颗一颗挑"),
        hours: Hours::OnAir { since: 40, left: 200 },
        viewers: 12_400,
        slow_mode_ms: 0,
        sayings: &[
            (
                "Tell me which one, from the left, and I hold it up for you.",
                "想看哪一颗，从左边数告诉我，我拿起来给你看。",
            ),
            ("No two of them are alike, that is what baroque means.", "没有两颗是一样的，这就是巴洛克。"),
            (
                "This lustre you only see when it turns, so watch the tray.",
                "这个光泽要转起来才看得到，大家看盘子。",
            ),
        ],
    },
    HostPlan {
        key: "mukbang",
        host_id: "host_mukbang",
        name: ("the mukbang host", "吃播主播"),
        title: ("Eating all of it so that you know", "替你先吃一遍"),
        hours: Hours::OnAir { since: 65, left: 120 },
        viewers: 31_800,
        slow_mode_ms: 2_000,
        sayings: &[
            ("Crunch first, talk later.", "先咬一口，再说话。"),
            ("The chilli one has beaten me twice tonight.", "辣的那款今晚赢了我两次。"),
            ("Eat it on the day it arrives, I am serious.", "到货当天就吃，我认真的。"),
        ],
    },
    HostPlan {
        key: "mugs",
        host_id: "host_mugs",
        name: ("the Jingdezhen mug makers", "景德镇杯子匠人"),
        title: ("Mugs from tonight's kiln", "今晚开窑的杯子"),
        hours: Hours::Later { after: 8, lasts: 150 },
        viewers: 4_300,
        slow_mode_ms: 0,
        sayings: &[
            (
                "This one leaned on its neighbour in the fire: see the mark.",
                "这只在窑里靠了邻居一下，看这个印子。",
            ),
            ("We threw, trimmed and glazed it ourselves.", "拉坯、修坯、上釉都是我们自己做的。"),
        ],
    },
    HostPlan {
        key: "ponies",
        host_id: "host_ponies",
        name: ("the pony-card host", "小马卡主播"),
        title: ("Pony cards, opened for you on air", "小马卡，直播现拆"),
        hours: Hours::OnAir { since: 15, left: 165 },
        viewers: 8_900,
        slow_mode_ms: 0,
        sayings: &[
            ("Say when, I cut the foil.", "你说开，我就剪。"),
            ("The odds are on the card, read them first.", "概率写在卡上，先看再买。"),
        ],
    },
    HostPlan {
        key: "crystals",
        host_id: "host_crystals",
        name: ("the crystal-bracelet host", "水晶手串主播"),
        title: ("Six hours of crystal, until you sleep", "六小时水晶夜场，陪你到睡"),
        // Six hours long and late at night: 21:00 to 03:00 in UTC+8.
        hours: Hours::Nightly { from: 13 * 60, lasts: 6 * 60 },
        viewers: 6_100,
        slow_mode_ms: 0,
        sayings: &[
            ("Wear it on the left hand, says my grandmother.", "戴左手，我奶奶说的。"),
            ("Still awake? Then one more bracelet.", "还没睡？那再看一条。"),
        ],
    },
    HostPlan {
        key: "voice",
        host_id: "host_voice",
        name: ("the vocal coach", "声乐老师"),
        title: ("Live questions about your voice", "唱歌问题，现场回答"),
        hours: Hours::Later { after: 45, lasts: 60 },
        viewers: 1_700,
        slow_mode_ms: 5_000,
        sayings: &[
            ("Breathe where the comma is.", "在逗号那里换气。"),
            ("Send me eight bars, I tell you one thing.", "发我八小节，我说一件事。"),
        ],
    },
    HostPlan {
        key: "english",
        host_id: "host_english",
        name: ("the mother-and-son English duo", "母子英语搭档"),
        title: ("He says it wrong, she says it right", "儿子说错，妈妈说对"),
        hours: Hours::Later { after: 90, lasts: 60 },
        viewers: 2_600,
        slow_mode_ms: 0,
        sayings: &[
            ("Mum, what is the plural of sheep? Sheeps, I say.", "妈，sheep 的复数是什么？我说是 sheeps。"),
            ("Repeat after the boy, then after me.", "先跟他读，再跟我读。"),
        ],
    },
];

/// The plan of that room.
pub fn host_of_room(room: &str) -> Option<&'static HostPlan> {
    HOSTS.iter().find(|host| host.key == room)
}

/// A fan group.
#[derive(Debug)]
pub struct GroupPlan {
    /// Group id.
    pub id: &'static str,
    /// The host's key.
    pub key: &'static str,
    /// Its name.
    pub name: Words,
    /// Members besides those who join here.
    pub members: i64,
}

/// The fan groups.
pub const GROUPS: &[GroupPlan] = &[
    GroupPlan {
        id: "fans_crystal",
        key: "crystals",
        name: ("Crystal night owls", "水晶夜猫子"),
        members: 1_206,
    },
    GroupPlan { id: "fans_pearls", key: "pearls", name: ("Pearl circle", "珍珠圈"), members: 812 },
    GroupPlan { id: "fans_mugs", key: "mugs", name: ("Friends of the kiln", "窑友群"), members: 236 },
    GroupPlan {
        id: "fans_ponies", key: "ponies", name: ("Stable of ponies", "小马马厩"), members: 1_540
    },
];

/// A drop. Minutes count from the opening of the sandbox.
#[derive(Debug)]
pub struct DropPlan {
    /// Drop id.
    pub id: &'static str,
    /// The host's key.
    pub key: &'static str,
    /// Its title.
    pub title: Words,
    /// When it opens for everyone.
    pub opens: i64,
    /// When it opens for the members of `group`.
    pub early: Option<i64>,
    /// Whose members get in early.
    pub group: Option<&'static str>,
    /// Closed this many minutes after it opened.
    pub lasts: i64,
    /// Its teaser among the posts: the index within the host's posts.
    pub teaser: usize,
    /// The variants it sells.
    pub items: &'static [&'static str],
}

/// Minutes after the opening of the sandbox at which the crystal drop opens for everybody.
pub const CRYSTAL_DROP: i64 = 15;

/// What is announced for tonight, and one that is over.
pub const DROPS: &[DropPlan] = &[
    DropPlan {
        id: "drop_crystals",
        key: "crystals",
        title: ("Bracelets for good fortune", "招福手链"),
        opens: CRYSTAL_DROP,
        early: Some(0),
        group: Some("fans_crystal"),
        lasts: 120,
        teaser: 0,
        items: &["bracelet_15", "bracelet_17", "bracelet_19"],
    },
    DropPlan {
        id: "drop_mugs",
        key: "mugs",
        title: ("Tonight's kiln", "今晚开窑"),
        opens: 20,
        early: None,
        group: None,
        lasts: 120,
        teaser: 0,
        items: &["mug_celadon_s", "mug_celadon_m", "mug_celadon_l"],
    },
    DropPlan {
        id: "drop_ponies",
        key: "ponies",
        title: ("New series of pony cards", "小马卡新系列"),
        opens: 25,
        early: None,
        group: None,
        lasts: 180,
        teaser: 0,
        items: &["pony_box"],
    },
    DropPlan {
        id: "drop_pearls",
        key: "pearls",
        title: ("Necklaces, matched by hand", "手配珍珠链"),
        opens: 60,
        early: None,
        group: None,
        lasts: 60,
        teaser: 1,
        items: &["necklace_40", "necklace_45"],
    },
    DropPlan {
        id: "drop_english",
        key: "english",
        title: ("Autumn course, first class", "秋季班第一课"),
        opens: -300,
        early: None,
        group: None,
        lasts: 240,
        teaser: 1,
        items: &["english_course"],
    },
];

/// Words for which a line waits for a moderator.
pub const HELD_WORDS: &[&str] = &["scam", "fake pearls", "add me on wechat", "骗子", "加微信", "假货"];

/// What viewers say all the time.
pub const CHATTER: &[Words] = &[
    ("hello from the kitchen", "在厨房里看"),
    ("is this the one from yesterday?", "这是昨天那款吗？"),
    ("just bought one, hands shaking", "刚下单，手在抖"),
    ("how big is it next to a coin?", "跟硬币比多大？"),
    ("my cat watches this too", "我家猫也在看"),
    ("turn it once more please", "再转一下谢谢"),
    ("does it come in a box?", "有盒子吗？"),
    ("I said I would only look", "我说好只看看的"),
    ("got mine last week, love it", "上周到的，超喜欢"),
    ("what time tomorrow?", "明天几点？"),
    ("the light is better today", "今天灯光更好了"),
    ("first time here", "第一次来"),
];
