import Nightmarket
import SwiftUI

/// Where the request, the parcel and the money are, each by itself.
struct ReturnProgress: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let view: ReturnView

    var body: some View {
        VStack(alignment: .leading, spacing: Space.large) {
            Text(verbatim: view.request.words(in: strings))
                .textSize(.title)
                .foregroundStyle(palette.ink.color)
                .accessibilityAddTraits(.isHeader)
            if view.contradiction != nil {
                Text(verbatim: strings(.contradiction))
                    .textSize(.second)
                    .foregroundStyle(palette.amber.color)
            }
            if let code = view.pickup?.code {
                HandoverCode(code: code)
            }
            if let money = view.money.words(in: strings) {
                HStack(spacing: Space.small) {
                    Image(systemName: "banknote")
                        .accessibilityHidden(true)
                    Text(verbatim: money)
                        .price()
                }
                .foregroundStyle(view.money.state == .refunded ? palette.jade.color : palette.ink.color)
            }
            if let pickup = view.pickup {
                CourierWay(pickup: pickup)
            }
        }
        .frame(maxWidth: .infinity, alignment: .leading)
    }
}

/// The code for the courier, to be read across a doorstep. There is none before the courier is there.
struct HandoverCode: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let code: String

    var body: some View {
        VStack(spacing: Space.small) {
            Text(verbatim: strings(.handoverCode))
                .textSize(.second)
                .foregroundStyle(palette.inkSoft.color)
            Text(verbatim: code)
                .textSize(.code)
                .monospacedDigit()
                .kerning(6)
                .foregroundStyle(palette.lantern.color)
                .accessibilityLabel(Text(verbatim: code.map(String.init).joined(separator: " ")))
        }
        .padding(Space.large)
        .frame(maxWidth: .infinity)
        .card()
    }
}

/// The courier's way as a timeline; where it went another way, only that.
struct CourierWay: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let pickup: Pickup

    var body: some View {
        VStack(alignment: .leading, spacing: Space.small) {
            if let courier = pickup.courier {
                Text(verbatim: [courier.label, eta(of: courier)].compactMap(\.self).joined(separator: " · "))
                    .textSize(.second)
                    .foregroundStyle(palette.inkSoft.color)
            }
            if let here = PickupState.way.firstIndex(of: pickup.state) {
                ForEach(PickupState.way.indices, id: \.self) { index in
                    step(PickupState.way[index], isDone: index <= here, isHere: index == here)
                }
            } else if !pickup.state.canChooseSlot || pickup.state == .customerNoShow
                || pickup.state == .courierNoShow
            {
                Text(verbatim: pickup.state.words(in: strings))
                    .textSize(.body)
                    .foregroundStyle(palette.amber.color)
            }
            if let receipt = pickup.receipt {
                Text(verbatim: "\(receipt.id) · \(Moments.day(receipt.at, in: strings.language))")
                    .textSize(.caption)
                    .foregroundStyle(palette.inkSoft.color)
            }
        }
    }

    private func eta(of courier: Courier) -> String? {
        courier.eta.map { Moments.clock(Moments.date($0), in: strings.language) }
    }

    private func step(_ state: PickupState, isDone: Bool, isHere: Bool) -> some View {
        HStack(spacing: Space.medium) {
            Image(systemName: isDone ? "checkmark.circle.fill" : "circle")
                .foregroundStyle(isDone ? palette.jade.color : palette.line.color)
                .accessibilityHidden(true)
            Text(verbatim: state.words(in: strings))
                .textSize(.body, weight: isHere ? .semibold : nil)
                .foregroundStyle(isDone ? palette.ink.color : palette.inkSoft.color)
        }
        .accessibilityElement(children: .combine)
        .accessibilityAddTraits(isHere ? .isSelected : [])
    }
}
