//! One TLS base configuration for HTTP and sockets: rustls with ring, the platform's verifier, optional extra roots.

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;
use std::sync::Arc;

use crate::error::{Error, Result};

/// What a partner may add to the platform's trust.
#[derive(Debug, Clone, Default)]
pub struct TlsSettings {
    /// PEM text of further roots: a test venue's own CA. Empty for production.
    pub extra_roots_pem: Option<String>,
}

/// The base configuration, without ALPN: HTTP's clone sets it, the socket's has none.
pub(crate) fn client_config(settings: &TlsSettings) -> Result<Arc<rustls::ClientConfig>> {
    let failed = |reason: String| Error::Tls { who: "this device".to_owned(), reason };
    let provider = Arc::new(ring::default_provider());
    let verifier = match &settings.extra_roots_pem {
        None => Verifier::new(provider.clone()),
        Some(pem) => {
            let roots = CertificateDer::pem_slice_iter(pem.as_bytes())
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| Error::bad_input(format!("the extra roots are not PEM: {error}")))?;
            Verifier::new_with_extra_roots(roots, provider.clone())
        }
    }
    .map_err(|error| failed(error.to_string()))?;
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}
