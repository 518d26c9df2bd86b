import Nightmarket
import SwiftUI

/// Why it asks, in words; the same totals; yes or not now.
struct ConfirmSheet: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let reasons: [Reason]
    let quoted: Quoted
    let seller: String
    let pay: @MainActor () -> Void
    let notNow: @MainActor () -> Void

    var body: some View {
        ScrollView {
            VStack(alignment: .leading, spacing: Space.large) {
                Text(verbatim: strings(.confirmTitle))
                    .textSize(.title)
                    .foregroundStyle(palette.ink.color)
                    .accessibilityAddTraits(.isHeader)
                ForEach(reasons.indices, id: \.self) { index in
                    HStack(alignment: .firstTextBaseline, spacing: Space.small) {
                        Image(systemName: "circle.fill")
                            .imageScale(.small)
                            .foregroundStyle(palette.amber.color)
                            .accessibilityHidden(true)
                        Text(verbatim: reasons[index].words(in: strings))
                            .textSize(.body)
                            .foregroundStyle(palette.ink.color)
                    }
                }
                QuoteRows(quote: quoted.quote, toRender: quoted.toRender, seller: seller)
                Button(action: pay) {
                    Text(verbatim: strings(.pay, quoted.quote.total?.shown ?? "–"))
                }
                .buttonStyle(.lantern)
                Button(action: notNow) { Text(verbatim: strings(.notNow)) }
                    .buttonStyle(.quiet)
                    .frame(maxWidth: .infinity)
            }
            .padding(Space.huge)
        }
        .background(palette.surface.color)
        .presentationDetents([.medium, .large])
        .presentationCornerRadius(Space.sheetCorner)
    }
}
