import NightmarketBindings

/// A product in detail, with its variants to choose from.
public typealias CatalogProduct = NightmarketBindings.CatalogProduct
/// Something to choose, and its values.
public typealias ProductOption = NightmarketBindings.ProductOption
/// Something that can be bought.
public typealias Variant = NightmarketBindings.Variant
/// A value that is chosen.
public typealias SelectedOption = NightmarketBindings.SelectedOption
