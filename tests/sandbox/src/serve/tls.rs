//! https with a CA of the sandbox's own.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use super::StartError;

/// A CA and the certificate it gave to loopback.
pub struct Tls {
    /// The CA's certificate.
    pub ca_pem: String,
    config: Arc<rustls::ServerConfig>,
}

impl Tls {
    /// Makes both; writes `ca.pem` into `data`.
    pub fn make(data: Option<&Path>) -> Result<Self, StartError> {
        let failed = |error: &dyn std::fmt::Display| StartError::Tls(error.to_string());
        let ca_key = KeyPair::generate().map_err(|error| failed(&error))?;
        let mut ca = CertificateParams::new(Vec::new()).map_err(|error| failed(&error))?;
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        ca.distinguished_name.push(rcgen::DnType::CommonName, "Nightmarket sandbox CA");
        let ca_pem = ca.self_signed(&ca_key).map_err(|error| failed(&error))?.pem();
        let issuer = Issuer::new(ca, ca_key);

        let names = ["127.0.0.1", "::1", "localhost"].map(str::to_owned).to_vec();
        let key = KeyPair::generate().map_err(|error| failed(&error))?;
        let certificate = CertificateParams::new(names)
            .and_then(|params| params.signed_by(&key, &issuer))
            .map_err(|error| failed(&error))?;
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            // UCP: "HTTPS with minimum TLS version 1.3".
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| failed(&error))?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|error| failed(&error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        if let Some(data) = data {
            std::fs::create_dir_all(data)
                .and_then(|()| std::fs::write(data.join("ca.pem"), &ca_pem))
                .map_err(|error| failed(&error))?;
        }
        Ok(Self { ca_pem, config: Arc::new(config) })
    }

    /// What takes connections in.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.clone())
    }
}
