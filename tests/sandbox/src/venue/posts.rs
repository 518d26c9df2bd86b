//! What the feed says: some sixty posts by the hosts, in English and simplified Chinese.

use super::words::Words;

/// The posts of one host, newest first.
pub fn of_host(key: &str) -> &'static [Words] {
    match key {
        "pearls" => PEARLS,
        "mukbang" => MUKBANG,
        "mugs" => MUGS,
        "ponies" => PONIES,
        "crystals" => CRYSTALS,
        "voice" => VOICE,
        "english" => ENGLISH,
        _ => &[],
    }
}

const PEARLS: &[Words] = &[
    (
        "We are live: a new tray of baroque pearls, you choose which one.",
        "开播了：新一盘巴洛克珍珠，你来挑哪一颗。",
    ),
    (
        "Teaser: necklaces matched by hand, later tonight. Set a reminder.",
        "预热：手配珍珠链，今晚晚些时候。先设提醒。",
    ),
    ("Three pearls that look like clouds. The third is my favourite.", "三颗像云的珍珠。我最喜欢第三颗。"),
    ("How to tell a flame pearl from a coin pearl in ten seconds.", "十秒分清火焰珠和纽扣珠。"),
    ("Somebody asked for the ugliest one. It sold in a minute.", "有人要最丑的那颗。一分钟就没了。"),
    (
        "The tray turns, your screen does not: look for the rose overtone.",
        "盘子会转，屏幕不会：找那一抹玫瑰色。",
    ),
    (
        "Knotted between every pearl, so that if it breaks you lose one, not forty.",
        "每颗之间打结，断了只掉一颗，不是四十颗。",
    ),
    ("Never perfume after pearls. Pearls go on last.", "先喷香水再戴珍珠，珍珠最后戴。"),
    ("A viewer wore hers to an interview. She starts on Monday.", "一位观众戴着它去面试，周一上班。"),
];

const MUKBANG: &[Words] = &[
    ("Live now: nine bags of chilli crisps, and me.", "正在直播：九包辣脆片，和我。"),
    ("The seaweed one sounds best. Sound on.", "海苔那款声音最好听，开声音。"),
    ("I ate a whole box of egg rolls so that you need not guess.", "我吃完一整盒蛋卷，你就不用猜了。"),
    ("Ranking every plum sweet from kind to cruel.", "从温柔到残忍，给话梅糖排个名。"),
    ("Midnight snack rules: small bowl, big spoon.", "夜宵规则：小碗，大勺。"),
    ("Duck tongue, first time on camera. Verdict inside.", "第一次在镜头前吃鸭舌，结论在里面。"),
    ("You asked for the numbing level. It is four of five.", "你们问麻度，五分里的四分。"),
    ("Two bags vanished while I was reading your comments.", "读你们评论的时候少了两包。"),
    ("Rice crust, two ways: from the bag and in soup.", "锅巴两吃：直接吃，泡汤吃。"),
];

const MUGS: &[Words] = &[
    ("Teaser: the kiln cools tonight. No two mugs alike.", "预热：窑今晚凉。没有两只杯子一样。"),
    ("The blue comes from cobalt, the crackle from patience.", "蓝来自钴，开片来自耐心。"),
    ("A handle is right when you forget it.", "把手对了，你就会忘了它。"),
    ("We broke eleven to get these. They pave the path now.", "为了这几只碎了十一只，现在铺在路上。"),
    ("Sound of a good mug: flick it, listen.", "好杯子的声音：弹一下，听。"),
    ("From lump to mug in forty seconds of film, two weeks of work.", "四十秒的片子，两个星期的活。"),
    ("The small one holds exactly one cup of tea and one thought.", "小的那只刚好装一杯茶和一个念头。"),
    ("Glaze runs. We let it run.", "釉会流，我们让它流。"),
];

const PONIES: &[Words] = &[
    ("Teaser: the new series. One of them is holographic.", "预热：新系列。有一张是镭射的。"),
    ("Live: foil is being cut. Your box, your pony, on air.", "直播中：正在剪膜。你的盒，你的小马，现场拆。"),
    ("Pulled two moon ponies in a row. The room screamed.", "连开两张月亮小马，直播间尖叫。"),
    ("All odds are printed. Please read them before you buy.", "概率都印着，买之前请先看。"),
    ("Trade table: cloud pony for meadow pony, anyone?", "换卡：云朵小马换草地小马，有人吗？"),
    ("How I sleeve a card without touching its face.", "怎么不碰卡面就套好卡套。"),
    ("A complete set, after eleven weeks. Congratulations.", "十一周集齐一套，恭喜。"),
    ("Young ones: ask at home first. We mean it.", "小朋友先问家里人，我们是认真的。"),
];

const CRYSTALS: &[Words] = &[
    (
        "Teaser: bracelets for good fortune, fans first. On air until three.",
        "预热：招福手链，粉丝先买。播到三点。",
    ),
    ("Citrine for the office, says the one who sells it.", "黄水晶放办公室，卖的人这么说。"),
    ("Each bead has a cloud in it. Find yours.", "每颗珠子里都有一朵云，找你的那朵。"),
    ("It brings good fortune or at least good light.", "带来好运，至少带来好光。"),
    ("Measure your wrist with a strip of paper, then add one finger.", "用纸条量手腕，再加一指。"),
    ("Smoky quartz looks black until you hold it up.", "茶晶看着黑，举起来才知道。"),
    ("Costume from the drama, bracelet from the drawer.", "戏里的衣服，抽屉里的手串。"),
    ("Six hours on air, and the tea is still warm.", "播了六小时，茶还是热的。"),
];

const VOICE: &[Words] = &[
    ("Live questions later: send eight bars.", "晚点现场答疑：发八小节来。"),
    ("Your throat is not the problem, your shoulders are.", "不是嗓子的问题，是肩膀。"),
    ("Hum for two minutes before you sing for one.", "唱一分钟之前先哼两分钟。"),
    ("High notes are not high. Think of them as far.", "高音不高，当作远。"),
    ("Lesson one of the course, the first five minutes free.", "课程第一课，前五分钟免费。"),
    ("A student sang at her wedding. Listen to bar nine.", "学生在自己婚礼上唱的，听第九小节。"),
    ("Water, not ice water.", "喝水，不要冰水。"),
    ("Karaoke tip: lower the key, keep the friends.", "唱K提示：降个调，朋友还在。"),
];

const ENGLISH: &[Words] = &[
    ("Mum corrects me on air again tonight.", "今晚妈妈又要在直播里纠正我。"),
    ("Autumn class: the first lesson is out.", "秋季班：第一课上线了。"),
    ("I said “I am boring”. She laughed for a minute.", "我说了“I am boring”，她笑了一分钟。"),
    ("Ten words you know and say wrong.", "十个你认识但念错的词。"),
    ("Sheep, ship, cheap, chip: try it quickly.", "Sheep、ship、cheap、chip，快念一遍。"),
    ("How to order noodles in London.", "在伦敦怎么点面。"),
    ("She asks, I answer, nobody wins.", "她问，我答，没人赢。"),
    ("Homework: text your mother in English.", "作业：用英文给妈妈发一条消息。"),
    ("The th sound, with a mirror and no dignity.", "th 的发音：一面镜子，放下面子。"),
];
