//! Orders over REST (UCP order-rest).

use nightmarket_ucp::adapter;
use nightmarket_ucp::order::Order;
use nightmarket_ucp::{name, rest};

use super::{Shop, resource};
use crate::api::Call;
use crate::error::{Error, Result};
use crate::ids::OrderId;

impl Shop {
    /// The order as it is now.
    pub(crate) async fn get_order(&self, id: &OrderId) -> Result<Order> {
        let url = self.ucp(name::ORDER, &rest::order(id.as_str()))?;
        let response = self.call(Call::get(self.audience(), url)).await?;
        resource(adapter::read_order(&response.body).map_err(|error| Error::malformed("order", error))?)
    }
}
