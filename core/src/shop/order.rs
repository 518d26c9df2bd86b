//! Orders over REST (UCP order-rest).

use nightmarket_ucp::adapter;
use nightmarket_ucp::order::Order;
use nightmarket_ucp::{name, rest};

use super::{Shop, resource};
use crate::api::Call;
use crate::error::{Error, Result};
use crate::ids::{OrderId, QuoteId};

impl Shop {
    /// The order as it is now.
    pub(crate) async fn get_order(&self, id: &OrderId) -> Result<Order> {
        let url = self.ucp(name::ORDER, &rest::order(id.as_str()))?;
        let response = self.call(Call::get(self.audience(), url)).await?;
        resource(adapter::read_order(&response.body).map_err(|error| Error::malformed("order", error))?)
    }

    /// The order as the session it came of tells of it, where orders cannot be read: not before 2026-04-08, and not
    /// everywhere since.
    pub(crate) async fn order_of(&self, id: &OrderId, checkout: &QuoteId) -> Result<Order> {
        let order = Order::of_checkout(self.get_checkout(checkout).await?);
        order.filter(|order| order.id == id.as_str()).ok_or_else(|| Error::not_offered(name::ORDER))
    }

    /// Whether orders are told by webhook only, as they were before 2026-04-08 (UCP order, Events). One that can be read
    /// all the same is: adding an operation was no new version.
    pub(crate) fn tells_orders_by_webhook(&self) -> bool {
        self.discovered().capability(name::ORDER).is_none_or(|order| order.version != name::VERSION)
    }
}
