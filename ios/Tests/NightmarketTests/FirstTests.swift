import Testing
@testable import Nightmarket
@Test func matches() throws { try Library.check() }
