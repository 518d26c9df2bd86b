//! The catalogue over REST (UCP catalog/rest).

use nightmarket_ucp::catalog::{Product, ProductDetail, ProductRequest, Products, SearchRequest};
use nightmarket_ucp::envelope;
use nightmarket_ucp::{name, rest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::{Shop, resource};
use crate::api::{self, Call};
use crate::error::{Error, Result};
use crate::ids::ItemId;
use crate::ports::Method;

impl Shop {
    /// One page of what matches.
    pub(crate) async fn search(&self, request: &SearchRequest) -> Result<Products> {
        self.catalog(self.ucp(name::CATALOG_SEARCH, rest::CATALOG_SEARCH)?, request).await
    }

    /// One product in detail, with its variants.
    pub(crate) async fn product(&self, id: &ItemId) -> Result<Product> {
        let request = ProductRequest { id: id.to_string(), ..ProductRequest::default() };
        let detail: ProductDetail =
            self.catalog(self.ucp(name::CATALOG_LOOKUP, rest::CATALOG_PRODUCT)?, &request).await?;
        Ok(detail.product)
    }

    /// A read by POST: UCP's catalogue takes its parameters in a body.
    async fn catalog<T: DeserializeOwned>(&self, url: Url, request: &impl Serialize) -> Result<T> {
        let call = Call::send(self.audience(), Method::Post, url, api::to_json(request), self.fresh_key());
        let response = self.call(call).await?;
        resource(envelope::parse(&response.body).map_err(|error| Error::malformed("catalogue", error))?)
    }
}
