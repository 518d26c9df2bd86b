#if os(Linux)
import Foundation
import Nightmarket
import SwiftUI
import Testing

@testable import NightmarketUI

/// What the sandbox does not bring about by itself: every state has its words, in both languages.
@MainActor @Suite struct StatesTests {
    private static let money = Money(minor: 16_800, currency: "CNY")
    private static let order = PlacedOrder(
        id: "o1", label: nil, permalinkUrl: "https://shop.example/o1", total: Money(minor: 17_800, currency: "CNY"))

    @Test(arguments: Sight.allCases)
    func payButton(sight: Sight) throws {
        let strings = sight.strings
        let address = try #require(URL(string: "https://shop.example/go-on"))
        let stages: [(PayStage, String)] = [
            (.justAppeared, strings(.justAppeared)),
            (.oneTap(under: Self.money), strings(.underThreshold, "¥168.00")),
            (.asks([.newDevice]), strings(.reasonNewDevice)),
            (.asks([]), strings(.willAsk)),
            (.offline, strings(.offline)),
            (.refused([.expired, .replaced]), strings(.reasonReplaced)),
            (.checking, strings(.checking)),
            (.placed(undoUntil: nil), strings(.placed)),
            (.placed(undoUntil: .distantFuture), strings(.undo)),
            (.placed(undoUntil: .distantPast), strings(.tooLate)),
            (.placedDifferently(Self.order), "¥178.00"),
            (.undoing, strings(.undoing)),
            (.undone, strings(.undone)),
            (.tooLate, strings(.tooLate)),
            (.declined("no funds"), strings(.declined, "no funds")),
            (.needsBuyer(address), strings(.open)),
            (.needsBuyer(nil), strings(.giveUp)),
            (.givingUp, strings(.givingUp)),
            (.givenUp, strings(.givenUp)),
            (.withdrawing, strings(.withdrawing)),
            (.notSent, strings(.purchaseNotSent)),
            (.closedBefore, strings(.closedBefore)),
        ]
        for (stage, words) in stages {
            var pressed: [String] = []
            let outline = sight.outline(
                PayButton(
                    total: Self.money, stage: stage, pay: { pressed.append("pay") }, undo: { pressed.append("undo") },
                    open: { pressed.append($0.absoluteString) }, giveUp: { pressed.append("give up") },
                    again: { pressed.append("again") },
                    ok: { pressed.append("ok") }))
            #expect(outline.says(words), "\(stage): \(outline.words)")
            let pay = outline.button(strings(.pay, "¥168.00"))
            #expect((pay != nil) == !stage.isAfterTap, "\(stage)")
            #expect((pay?.isEnabled == true) == stage.canPay, "\(stage)")
            #expect(outline.press(strings(.pay, "¥168.00")) == stage.canPay)
            #expect(pressed == (stage.canPay ? ["pay"] : []))
            #expect((outline.button(strings(.ok)) != nil) == stage.isSettled, "\(stage)")
        }
    }

    @Test func everyStateOfAPurchaseHasItsStage() {
        let placed = Self.order
        let states: [(PurchaseState, PayStage)] = [
            (.tapped, .checking), (.sending, .checking), (.processing, .checking), (.unknown, .checking),
            (.reconciling, .checking), (.placed(placed), .placed(undoUntil: nil)),
            (.placedDifferently(placed), .placedDifferently(placed)),
            (.declined(code: "x", content: "no"), .declined("no")),
            (.needsBuyer(continueUrl: nil, returned: false), .needsBuyer(nil)),
            (.needsBuyer(continueUrl: nil, returned: true), .checking), (.notSent(.deadline), .notSent),
            (.notSent(.restarted), .closedBefore), (.abandoning(continueUrl: nil), .givingUp), (.abandoned, .givenUp),
            (.withdrawing, .withdrawing),
            (.superseded, .notSent), (.cancelRequested(placed), .undoing), (.canceled(placed), .undone),
            (.tooLate(order: placed, code: "late"), .tooLate),
        ]
        for (state, stage) in states { #expect(PayStage(after: state, undoUntil: nil) == stage) }
    }

    @Test(arguments: Sight.allCases)
    func everyReasonIsAWholeSentence(sight: Sight) {
        let money = Self.money
        let reasons: [Reason] = [
            .thresholdOff, .otherCurrency(currency: "USD"), .notUnderThreshold(threshold: money),
            .totalsWrong(problem: "x"), .dayAmount(cap: money), .weekAmount(cap: money), .dayCount(cap: 3),
            .weekCount(cap: 9), .shopLimit(max: money), .newAddress, .newInstrument, .newDevice, .unknownShop,
            .noDeliveryRemembered, .instrumentAsks, .subscription, .ageRestricted,
            .guardianNeeded(under: 16), .underAge(min: 18), .disclosure(content: "glaze"),
            .sameItemAgain, .quietHours, .paused, .placedDifferentlyBefore, .drawFailedBefore, .notBindable,
            .notRendered(what: "links"), .oddsNotShown, .variantOpen, .escalation(continueUrl: nil), .totalMissing,
            .shownTooBriefly(shownMs: 120), .replaced, .alreadyTapped, .expired, .stale,
            .notReady(reason: "x", content: "sold out"), .noInstrument, .offline,
        ]
        let words = reasons.map { $0.words(in: sight.strings) }
        #expect(Set(words).count == reasons.count)
        #expect(!words.contains { $0.isEmpty || $0.contains("{") })
    }

    @Test(arguments: Sight.allCases)
    func errorsSayWhatHelps(sight: Sight) throws {
        let errors: [(NightmarketError, StringKey, StringKey?)] = [
            (.Unreachable(who: "v", reason: "r"), .problemUnreachable, .tryAgain),
            (.Offline, .problemUnreachable, .tryAgain),
            (.NoAnswer(who: "v", reason: "r"), .problemNoAnswer, .tryAgain),
            (.SlowDown(who: "v", retryAfterMs: 5), .problemWait, .tryAgain),
            (.SignInNeeded(who: "v", challenge: nil), .problemSignIn, .signIn),
            (.UnsupportedVersion(who: "v", offered: "1", spoken: "2"), .problemUpdate, nil),
            (.NotGenuine(what: "offer", reason: "r"), .problemDistrust, nil),
            (.Storage(reason: "full"), .problemStorage, .tryAgain),
            (.NotOffered(capability: "c"), .problemNotHere, nil),
            (.BadInput(reason: "r"), .problemInput, nil),
            (.Internal(reason: "r"), .problemOurs, nil),
            (.Refused(code: "c", content: "sold out", continueUrl: "https://shop.example"), .needsYou, .open),
        ]
        for (error, words, button) in errors {
            let problem = try #require(Problem(error))
            #expect(problem.words == words && problem.code == error.code(), "\(error)")
            var acted = 0
            let screen = PhaseView(.failed(problem), empty: .feedEmpty, act: { _ in acted += 1 }) {
                Text(verbatim: "content")
            }
            let outline = sight.outline(screen)
            #expect(outline.says(sight.strings(words)) && !outline.says("content"))
            if let content = problem.content { #expect(outline.says(content)) }
            #expect(outline.buttons.map(\.name) == (button.map { [sight.strings($0)] } ?? []), "\(error)")
            if let button { #expect(outline.press(sight.strings(button))) }
            #expect(acted == (button == nil ? 0 : 1))
        }
        #expect(Problem(CancellationError()) == nil)
        #expect(Problem(NightmarketError.Canceled) == nil)
    }

    @Test(arguments: Sight.allCases)
    func linesStandAsTheyStand(sight: Sight) {
        func row(_ state: LineState, isHost: Bool = false) -> Outline {
            let line = Line(
                id: nil, clientId: "c", from: isHost ? Author(id: "h", name: "Pearls") : nil, own: !isHost,
                text: "hello\u{202E}", display: "hello", translation: nil, moment: nil, spot: nil, replyTo: nil,
                quote: nil, mentions: [], mentionsMe: false, reactions: [], at: 0, state: state)
            return sight.outline(LineRow(line: line, isHost: isHost, retry: {}, discard: {}, act: { _ in }))
        }
        #expect(row(.sending).says(sight.strings(.sending)))
        #expect(row(.held).says(sight.strings(.held)))
        #expect(row(.failed(code: "muted")).buttons.map(\.name) == [sight.strings(.retry), sight.strings(.discard)])
        #expect(row(.sent).words == [sight.strings(.you), "hello"])
        #expect(row(.deleted).words == [sight.strings(.you), sight.strings(.removed)])
        #expect(row(.sent, isHost: true).words == [sight.strings(.host), "Pearls", "hello"])
    }

    @Test(arguments: Sight.allCases)
    func whatStandsAroundALineIsSaid(sight: Sight) {
        var acts: [LineAct] = []
        let line = Line(
            id: "l2", clientId: "c2", from: Author(id: "s", name: "viewer_7"), own: false, text: "see you",
            display: "see you", translation: "再见", moment: nil, spot: nil, replyTo: "l1", quote: nil, mentions: ["me"],
            mentionsMe: true, reactions: [Reaction(reaction: "❤", count: 3, own: true)], at: 0, state: .sent)
        let outline = sight.outline(
            LineRow(line: line, isHost: false, retry: {}, discard: {}, act: { acts.append($0) }))
        #expect(outline.says(sight.strings(.messageGone)) && outline.says(sight.strings(.mentionedYou)))
        #expect(outline.says("\(sight.strings(.translation)) · 再见"))
        #expect(outline.press("❤ 3"))
        #expect(acts == [.react("❤", on: false)])
    }

    @Test(arguments: Sight.allCases)
    func theCodeIsBigAndOnlyThereWithTheCourier(sight: Sight) {
        func way(_ state: PickupState, code: String? = nil) -> Outline {
            let pickup = Pickup(
                state: state, slots: [], slot: nil, heldUntil: nil, deadline: nil,
                courier: Courier(label: "Yellow van", eta: nil), code: code, receipt: nil, custodyPassed: false)
            let view = ReturnView(
                id: "r", shop: "s", order: "o", returnId: nil, createdAt: 0, request: .approved, pickup: pickup,
                money: Paid(state: .pending, due: Self.money, refunded: nil, isFinal: false), lines: [],
                canCancel: true,
                isSettled: false, contradiction: nil, problem: nil)
            return sight.outline(ReturnProgress(view: view))
        }
        #expect(way(.arrived, code: "4821").words.contains("4 8 2 1"))
        #expect(!way(.enRoute).says(sight.strings(.handoverCode)))
        #expect(way(.enRoute).says("Yellow van") && way(.enRoute).says(sight.strings(.courierThere)))
        #expect(way(.enRoute).says(sight.strings(.refundPending, "¥168.00")))
        for (state, key) in [
            (PickupState.courierNoShow, StringKey.courierMissed), (.lost, .lost), (.keepItem, .keepIt),
        ] {
            let outline = way(state)
            #expect(outline.says(sight.strings(key)) && !outline.says(sight.strings(.inTransit)))
        }
    }
}
#endif
