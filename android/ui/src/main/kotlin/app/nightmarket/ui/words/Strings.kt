package app.nightmarket.ui.words

import androidx.compose.runtime.staticCompositionLocalOf

/** The languages the screens speak. The core is opened with the same [tag], so that hosts and shops answer in it. */
enum class Language(val tag: String) {
    ENGLISH("en"),
    CHINESE("zh-Hans"),
    ;

    companion object {
        /** The one to show to somebody whose device speaks [tag]. */
        fun of(tag: String): Language = if (tag.lowercase().startsWith("zh")) CHINESE else ENGLISH
    }
}

/** The words around here. */
val LocalStrings = staticCompositionLocalOf { Strings(Language.ENGLISH) }

/** Everything the screens say of their own, a name each, in both languages. */
class Strings(val language: Language) {
    private fun say(english: String, chinese: String, vararg values: String): String {
        val pattern = if (language == Language.CHINESE) chinese else english
        return values.foldIndexed(pattern) { at, text, value -> text.replace("{$at}", value) }
    }

    val feed get() = say("Feed", "逛逛")
    val live get() = say("LIVE", "直播中")
    val liveNow get() = say("Live now", "正在直播")
    fun viewers(people: String) = say("{0} watching", "{0}人在看", people)
    val like get() = say("Like", "赞")
    val liked get() = say("Liked", "已赞")
    val refresh get() = say("Refresh", "刷新")
    val feedEmpty get() = say("Nothing here yet", "这里还没有内容")
    val loading get() = say("Loading…", "加载中…")
    val offline get() = say("You are offline", "当前没有网络")
    val tryAgain get() = say("Try again", "重试")
    val checkNetwork get() = say("Check the network", "请检查网络")
    val signIn get() = say("Sign in", "登录")
    val back get() = say("Back", "返回")
    val close get() = say("Close", "关闭窗口")
    val ok get() = say("OK", "好")
    val cancel get() = say("Cancel", "取消")
    val open get() = say("Open", "打开")

    val say get() = say("Say something", "说点什么")
    val send get() = say("Send", "发送")
    val sending get() = say("Sending…", "发送中…")
    val notSent get() = say("Not sent", "未发送")
    val retry get() = say("Retry", "重发")
    val discard get() = say("Discard", "删除")
    val held get() = say("Waiting for the venue", "等待审核")
    val removed get() = say("Removed", "已移除")
    val you get() = say("You", "我")
    val host get() = say("Host", "主播")
    val pinned get() = say("On show", "正在讲解")
    val getIt get() = say("Get it", "去买")
    val offerForYou get() = say("An offer for you", "给你的专属价")
    fun offerEnds(left: String) = say("Ends in {0}", "{0}后失效", left)
    val offerExpired get() = say("Over", "已失效")
    val offerUsed get() = say("You bought it", "你已买下")
    val offerForged get() = say("Not genuine", "此专属价不可信")
    val offerChecking get() = say("Checking the offer…", "正在核实…")
    val pointAt get() = say("Point at it", "指给主播看")
    val pointHint get() = say("Tap what you mean", "点一下你要的那件")
    val thatOne get() = say("That one", "就是这个")
    val connecting get() = say("Connecting…", "连接中…")
    val roomEnded get() = say("This stream is over", "直播已结束")
    val roomScheduled get() = say("Not on air yet", "还未开播")
    val videoOf get() = say("Live picture", "直播画面")

    fun pay(total: String) = say("Pay {0}", "支付 {0}", total)
    fun underThreshold(threshold: String) =
        say("Under your threshold of {0}: one tap, no question", "低于你设的 {0}，一点就买", threshold)
    val willAsk get() = say("We will ask you first", "会先请你确认")
    val justAppeared get() = say("One moment…", "请稍候…")
    val checking get() =
        say("Checking with the shop. You will not be charged twice", "正在向店铺核实，不会重复扣款")
    val paying get() = say("Paying…", "支付中…")
    val placed get() = say("Bought", "已买下")
    val placedDifferently get() = say("Bought, at another total than shown", "已买下，但金额与显示的不同")
    val undo get() = say("Undo", "撤销")
    fun undoUntil(time: String) = say("Undo until {0}", "{0}前可撤销", time)
    val undoing get() = say("Asking the shop to undo it…", "正在请店铺撤销…")
    val undone get() = say("Undone", "已撤销")
    val nothingPaid get() = say("Nothing was paid", "没有扣款")
    val tooLate get() = say("Too late to undo", "已过撤销时间")
    fun declined(why: String) = say("Declined: {0}", "未成功：{0}", why)
    val needsYou get() = say("The shop needs you", "店铺需要你操作")
    val giveUp get() = say("Give it up", "放弃付款")
    val givingUp get() = say("Giving up… the shop has not answered yet", "正在放弃，等待商家确认")
    val givenUp get() = say("Given up: nothing was bought", "已放弃，未购买")
    val withdrawing get() = say("Checking whether it was bought…", "正在确认是否已购买")
    val closedBefore get() =
        say("The app was closed before it was sent: nothing was bought", "应用在发送前关闭，未购买")
    val purchaseNotSent get() = say("Not sent, nothing was paid", "未发出，没有扣款")
    val oneTap get() = say("One tap", "一点就买")
    val total get() = say("Total", "合计")
    val deliverBy get() = say("Delivery", "配送")
    val payWith get() = say("Pay with", "付款方式")
    val free get() = say("Free", "免费")
    fun pieces(count: String) = say("{0} pieces", "{0}件", count)
    fun soldBy(shop: String) = say("Sold by {0}", "由 {0} 出售", shop)
    val pricing get() = say("Asking the shop for the total…", "正在向店铺核价…")

    val linkPrivacy get() = say("Privacy", "隐私政策")
    val linkTerms get() = say("Terms", "服务条款")
    val linkReturns get() = say("Returns", "退货政策")
    val linkShipping get() = say("Delivery terms", "配送说明")
    val linkMore get() = say("More", "更多")

    val confirmTitle get() = say("Please confirm", "请确认")
    val notNow get() = say("Not now", "暂不")

    val threshold get() = say("One-tap threshold", "一点就买的上限")
    val thresholdSays get() = say(
        "Anything that costs less, all told, is bought with one tap and no question.",
        "总价低于这个数，点一下就买，不再询问。",
    )
    val thresholdOff get() = say("Off: every purchase asks", "已关闭：每次都会确认")
    val thresholdSet get() = say("Set", "设定")
    val switchOff get() = say("Switch off", "关闭")
    val raisingAsks get() = say("Raising it asks for your face, finger or PIN", "调高时要验证本人")
    fun leftToday(amount: String) = say("Left today: {0}", "今天还可用 {0}", amount)
    fun leftWeek(amount: String) = say("Left this week: {0}", "本周还可用 {0}", amount)
    fun ofCap(cap: String) = say("of {0}", "共 {0}", cap)
    fun purchasesLeftToday(count: String) = say("Purchases left today: {0}", "今天还可买 {0} 次", count)
    val quietHours get() = say("Quiet hours", "免打扰时段")
    val quietSays get() = say("Every purchase asks between these hours", "这段时间里每次都会确认")
    val pause get() = say("Pause one-tap", "暂停一点就买")
    val pauseSays get() = say("Until you switch it on again, every purchase asks", "恢复之前每次都会确认")
    val earlier get() = say("Earlier", "提前")
    val later get() = say("Later", "推后")
    val from get() = say("From", "从")
    val until get() = say("Until", "到")

    val orders get() = say("Orders", "订单")
    val ordersEmpty get() = say("Nothing bought yet", "还没有订单")
    fun order(id: String) = say("Order {0}", "订单 {0}", id)
    val stageProcessing get() = say("The shop has it", "店铺处理中")
    val stageOnTheWay get() = say("On its way", "运送中")
    val stageFailedAttempt get() = say("Nobody was there", "投递未成功")
    val stagePartlyDelivered get() = say("Partly arrived", "部分送达")
    val stageDelivered get() = say("Arrived", "已送达")
    val stageUndeliverable get() = say("Cannot be delivered", "无法送达")
    val stageCanceled get() = say("Called off", "已取消")
    val stageReturned get() = say("Went back", "已退回")
    val stageReading get() = say("Reading…", "读取中…")

    val returnIt get() = say("Return", "退货")
    val returnTitle get() = say("Return", "退货")
    val whatGoesBack get() = say("What goes back", "退哪些")
    val nothingToReturn get() = say("Nothing of this order can go back now", "这个订单现在没有可退的商品")
    val why get() = say("Why", "原因")
    val requestReturn get() = say("Ask for the return", "申请退货")
    fun bringsBack(amount: String) = say("Brings back {0}", "可退 {0}", amount)
    val chooseSlot get() = say("When may the courier come?", "快递员什么时候上门？")
    val asItIs get() = say("Hand it over as it is", "无需包装，原样交给快递员")
    fun pickupCosts(fee: String) = say("Pickup {0}", "上门费 {0}", fee)
    val book get() = say("Book", "预约")
    val booked get() = say("Booked", "已预约")
    val returnAsked get() = say("Asked for", "已申请")
    val returnReview get() = say("The shop looks at it", "店铺审核中")
    val returnApproved get() = say("Agreed", "已同意")
    fun returnDeclined(why: String) = say("Not taken back: {0}", "未同意退货：{0}", why)
    val returnAtShop get() = say("Go on at the shop's page", "请到店铺页面继续")
    val returnChecking get() = say("Asking the shop", "正在向店铺核实")
    val returnClosed get() = say("Done", "已完成")
    val returnKept get() = say("You keep it", "你选择不退了")
    val returnExpired get() = say("It was not handed over in time", "已过交件时间")
    val courierAssigned get() = say("A courier is assigned", "已安排快递员")
    val courierComing get() = say("On the way", "快递员在路上")
    val courierThere get() = say("The courier is there", "快递员已到")
    val handedOver get() = say("Handed over", "已交给快递员")
    val inTransit get() = say("Going to the shop", "退回途中")
    val shopHasIt get() = say("The shop has it", "店铺已收到")
    val inspected get() = say("Looked at, all is well", "店铺已验收")
    val youWereOut get() = say("Nobody was at home: choose again", "快递员来时没人在家，请重新选择")
    val courierMissed get() =
        say("The courier did not come: choose again, it costs nothing", "快递员没有来，请重新选择，不收费")
    val turnedAway get() = say("Turned away at the door", "上门未收")
    val lost get() = say("Lost on the way; the shop answers for it", "运输中遗失，由店铺负责")
    val dropOff get() = say("Bring it to a counter", "请送到服务点")
    val keepIt get() = say("Keep it, the shop does not want it back", "不用寄回，留着吧")
    val handoverCode get() = say("Show this code", "出示取件码")
    val refund get() = say("Refund", "退款")
    fun refunded(amount: String) = say("{0} came back", "{0} 已退回", amount)
    fun refundPending(amount: String) = say("{0} is on its way back", "{0} 退款中", amount)
    fun refundQuoted(amount: String) = say("{0} if all is well", "验收无误后退 {0}", amount)
    val refundFailed get() = say("It did not go through; it is tried again", "退款未成功，会再次尝试")
    fun refundAskedBack(amount: String) = say("The shop asks for some of it back ({0} came)", "店铺要求退回一部分（已退 {0}）", amount)
    val keepItAfterAll get() = say("Keep it after all", "不退了")
    val reasonChangedMind get() = say("I changed my mind", "不想要了")
    val reasonNotAsShown get() = say("Not as shown", "与展示不符")
    val reasonDamaged get() = say("It arrived damaged", "到货有损坏")
    val reasonNotOpened get() = say("Not what was opened on air", "与直播拆出的不符")
    val reasonWrongSize get() = say("The size is wrong", "尺寸不合适")
    val reasonWrongItem get() = say("Not what I ordered", "发错了")

    val problemUnreachable get() = say("No connection right now", "暂时连不上")
    val problemNoAnswer get() = say("No answer came", "没有收到回应")
    val problemSignIn get() = say("Sign in to go on", "请先登录")
    val problemWait get() = say("Too many at once: wait a moment", "人太多了，请稍等")
    val problemUpdate get() = say("This app is too old for this market: update it", "应用版本太旧，请更新")
    val problemDistrust get() = say("This is not genuine; nothing was done", "无法确认真实性，没有进行任何操作")
    val problemStorage get() = say("The device has no room left", "设备存储空间不足")
    val problemNotHere get() = say("This is not offered here", "这里不提供此功能")
    val problemNotProven get() = say("It was not proven that it is you; nothing changed", "未通过本人验证，没有更改")
    val problemInput get() = say("That does not work like this", "这样不行，请检查后再试")
    val problemOurs get() = say("Something went wrong on our side", "我们这边出了点问题")
    val today get() = say("Today", "今天")
    val tomorrow get() = say("Tomorrow", "明天")
}
