import Foundation
import Nightmarket
import Testing

@testable import NightmarketUI

@Suite struct FrozenPictureTests {
    private let picture = CGSize(width: 854, height: 480)

    /// A wide picture fills a tall frame from its middle: the frame's edges are not the picture's.
    @Test func aTapIsASpotOfThePictureNotOfTheFrame() {
        let frame = CGSize(width: 400, height: 800)
        let middle = FrozenPicture.spot(at: CGPoint(x: 200, y: 400), in: frame, picture: picture)
        #expect(middle == Spot(x: 500, y: 500))
        let left = FrozenPicture.spot(at: CGPoint(x: 0, y: 0), in: frame, picture: picture)
        #expect(left == Spot(x: 359, y: 0))
        let right = FrozenPicture.spot(at: CGPoint(x: 400, y: 800), in: frame, picture: picture)
        #expect(right == Spot(x: 641, y: 1_000))
    }

    @Test func theRingIsWhereTheFingerWas() throws {
        for frame in [CGSize(width: 400, height: 800), CGSize(width: 800, height: 400), picture] {
            for tap in [CGPoint(x: 10, y: 20), CGPoint(x: 200, y: 333)] {
                let spot = try #require(FrozenPicture.spot(at: tap, in: frame, picture: picture))
                let ring = try #require(FrozenPicture.point(of: spot, in: frame, picture: picture))
                #expect(abs(ring.x - tap.x) < 1 && abs(ring.y - tap.y) < 1, "\(frame) \(tap)")
            }
        }
    }

    @Test func withoutAShapeThereIsNoSpot() {
        let frame = CGSize(width: 400, height: 800)
        #expect(FrozenPicture.spot(at: .zero, in: frame, picture: .zero) == nil)
        #expect(FrozenPicture.point(of: Spot(x: 1, y: 1), in: .zero, picture: picture) == nil)
        #expect(FrozenPicture.spot(at: CGPoint(x: -50, y: 9_000), in: frame, picture: frame) == Spot(x: 0, y: 1_000))
    }
}
