package app.nightmarket.ui.words

/** Why a tap does not simply buy, in words: a sentence for every reason of `decide`, named after it. */
class Reasons(private val language: Language) {
    private fun say(english: String, chinese: String, vararg values: String): String {
        val pattern = if (language == Language.CHINESE) chinese else english
        return values.foldIndexed(pattern) { at, text, value -> text.replace("{$at}", value) }
    }

    val reasonThresholdOff get() = say("You have set no one-tap threshold", "你还没有设一点就买的上限")
    fun reasonOtherCurrency(currency: String) = say("You have set no threshold for {0}", "你没有为 {0} 设上限", currency)
    fun reasonNotUnderThreshold(threshold: String) =
        say("It is not under your threshold of {0}", "不低于你设的 {0}", threshold)
    val reasonTotalsWrong get() = say("The shop's amounts do not add up", "店铺给的金额加起来不对")
    fun reasonDayAmount(cap: String) = say("You would pass your {0} a day", "会超过你每天的 {0}", cap)
    fun reasonWeekAmount(cap: String) = say("You would pass your {0} a week", "会超过你每周的 {0}", cap)
    fun reasonDayCount(cap: String) = say("You would pass your {0} purchases a day", "会超过你每天 {0} 次", cap)
    fun reasonWeekCount(cap: String) = say("You would pass your {0} purchases a week", "会超过你每周 {0} 次", cap)
    fun reasonShopLimit(max: String) = say("The shop asks from {0} on", "店铺要求 {0} 起需确认", max)
    val reasonNewAddress get() = say("Nothing was sent to this address before", "第一次寄到这个地址")
    val reasonNewInstrument get() = say("You have not paid with this before", "第一次用这个付款方式")
    val reasonNewDevice get() = say("It is your first purchase on this device", "第一次在这台设备上购买")
    val reasonUnknownShop get() = say("You have not bought at this shop before", "第一次在这家店购买")
    val reasonNoDeliveryRemembered get() = say("You have not used this delivery before", "第一次选这种配送")
    val reasonInstrumentAsks get() = say("Your wallet will ask you itself", "你的钱包会请你确认")
    val reasonSubscription get() = say("It is a subscription", "这是订阅，会持续扣款")
    val reasonAgeRestricted get() = say("Only above an age: please confirm", "有年龄限制，请确认")
    fun reasonGuardianNeeded(under: String) =
        say("Under {0}: a guardian has to agree first", "未满 {0} 岁须监护人先同意", under)
    fun reasonDisclosure(content: String) = say("Please read: {0}", "请先看：{0}", content)
    val reasonSameItemAgain get() = say("You bought the same a moment ago", "你刚刚买过同一件")
    val reasonQuietHours get() = say("These are your quiet hours", "现在是你的免打扰时段")
    val reasonPaused get() = say("You have paused one-tap", "你已暂停一点就买")
    val reasonPlacedDifferentlyBefore get() =
        say("This shop once charged another total than shown", "这家店曾收过与显示不同的金额")
    val reasonDrawFailedBefore get() = say("A draw of this shop could not be verified", "这家店有一次抽取未通过验证")
    val reasonNotBindable get() = say("The shop cannot fix this total exactly", "店铺无法锁定这个总价")
    val reasonNotRendered get() = say("Not everything is on screen yet", "内容还没有完整显示")
    val reasonOddsNotShown get() = say("Look at the odds first", "请先看概率")
    val reasonVariantOpen get() = say("Choose one first", "请先选好款式")
    val reasonEscalation get() = say("Go on at the shop's page", "请到店铺页面继续")
    val reasonTotalMissing get() = say("The shop named no total", "店铺没有给出总价")
    val reasonShownTooBriefly get() = say("That was too quick: look once more", "太快了，请再看一眼")
    val reasonReplaced get() = say("It has changed: look once more", "内容有变，请再看一眼")
    val reasonAlreadyTapped get() = say("You have tapped this already", "你已经点过了")
    val reasonExpired get() = say("This price is over", "这个报价已失效")
    val reasonStale get() = say("This price is too old", "这个报价太旧了")
    fun reasonNotReady(content: String) = say("The shop says: {0}", "店铺说：{0}", content)
    val reasonNoInstrument get() = say("No way to pay that this shop takes", "没有这家店接受的付款方式")
    fun reasonUnderAge(min: String) = say("Not sold to anybody under {0}", "不向未满 {0} 岁者出售", min)
    val reasonOffline get() = say("You are offline", "当前没有网络")
}
