//! Carts over REST (UCP cart-rest). What is sent, and under which key, is the caller's to keep.

use nightmarket_ucp::cart::Cart;
use nightmarket_ucp::{envelope, name, rest};

use super::{Shop, resource};
use crate::api::Call;
use crate::error::{Error, Result};
use crate::ports::Method;

impl Shop {
    /// Makes a cart: one try, which its caller repeats.
    pub(crate) async fn create_cart(&self, body: String, key: String) -> Result<Cart> {
        let url = self.ucp(name::CART, rest::CARTS)?;
        self.cart(Call::send(self.audience(), Method::Post, url, body, key).once()).await
    }

    /// Replaces all that is in a cart.
    pub(crate) async fn replace_cart(&self, id: &str, body: String, key: String) -> Result<Cart> {
        let url = self.ucp(name::CART, &rest::cart(id))?;
        self.cart(Call::send(self.audience(), Method::Put, url, body, key).once()).await
    }

    /// The cart as it is now.
    pub(crate) async fn get_cart(&self, id: &str) -> Result<Cart> {
        let url = self.ucp(name::CART, &rest::cart(id))?;
        self.cart(Call::get(self.audience(), url)).await
    }

    /// Ends a cart. Gives it as it was.
    pub(crate) async fn cancel_cart(&self, id: &str, body: String, key: String) -> Result<Cart> {
        let url = self.ucp(name::CART, &rest::cancel_cart(id))?;
        self.cart(Call::send(self.audience(), Method::Post, url, body, key).once()).await
    }

    async fn cart(&self, call: Call) -> Result<Cart> {
        let response = self.call(call).await?;
        resource(envelope::parse(&response.body).map_err(|error| Error::malformed("cart", error))?)
    }
}
