//! A forge behind a proxy, a private authority and https: REST, GraphQL, git and downloads, by the
//! real binary. The names exist nowhere but in the proxy.

use std::{collections::BTreeMap, sync::Arc};

use proofline::demo::{DemoForge, DemoOptions};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::Mutex,
};
use tokio_rustls::TlsAcceptor;

use super::tools::Home;
use crate::support::forge::quiet;

const API: &str = "forge.test";
const STORAGE: &str = "storage.test";

/// An authority of our own: its certificate as PEM, and a server that it vouches for.
fn authority() -> (String, Arc<rustls::ServerConfig>) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let own = KeyPair::generate().unwrap();
    let names = vec![API.to_owned(), STORAGE.to_owned()];
    let leaf = CertificateParams::new(names).unwrap();
    let leaf = leaf.signed_by(&own, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.serialize_der()));
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    (certificate.pem(), Arc::new(config))
}

/// What the proxy was asked to connect to, and whether with the password.
type Seen = Arc<Mutex<Vec<(String, bool)>>>;

/// A proxy that knows two names, and ends TLS for them.
async fn proxy(tls: Arc<rustls::ServerConfig>, to: BTreeMap<String, String>) -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let seen = Seen::default();
    let kept = Arc::clone(&seen);
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(
                socket,
                TlsAcceptor::from(Arc::clone(&tls)),
                to.clone(),
                Arc::clone(&kept),
            ));
        }
    });
    (address, seen)
}

async fn serve(
    socket: TcpStream,
    tls: TlsAcceptor,
    to: BTreeMap<String, String>,
    seen: Seen,
) -> std::io::Result<()> {
    let mut socket = BufReader::new(socket);
    let address = loop {
        let (mut first, mut knows) = (String::new(), false);
        if socket.read_line(&mut first).await? == 0 {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            socket.read_line(&mut line).await?;
            // `user:secret`, as basic authentication has it.
            knows |= line
                .to_lowercase()
                .starts_with("proxy-authorization: basic")
                && line.contains("dXNlcjpzZWNyZXQ=");
            if line.trim().is_empty() {
                break;
            }
        }
        let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
        seen.lock().await.push((target.clone(), knows));
        let known = to.get(target.trim_end_matches(":443"));
        if let Some(address) = known.filter(|_| first.starts_with("CONNECT ") && knows) {
            break address.clone();
        }
        // Whoever did not say the password may say it now.
        let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"test\"\r\ncontent-length: 0\r\n\r\n";
        socket.write_all(refusal.as_bytes()).await?;
    };
    socket
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .await?;
    let mut inside = tls.accept(socket.into_inner()).await?;
    let mut forge = TcpStream::connect(address).await?;
    copy_bidirectional(&mut inside, &mut forge).await?;
    Ok(())
}

// [verifies PL-NET-1]
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_sync_goes_through_a_proxy_and_a_private_authority() {
    let forge = DemoForge::start(DemoOptions {
        behind: Some((format!("https://{API}"), format!("https://{STORAGE}"))),
        ..quiet()
    })
    .await
    .unwrap();
    let [api, storage] = forge
        .listens()
        .map(|a| a.trim_start_matches("http://").to_owned());
    let (pem, tls) = authority();
    let names = BTreeMap::from([(API.to_owned(), api), (STORAGE.to_owned(), storage)]);
    let (proxy, seen) = proxy(tls, names).await;
    let home = Home::on(&forge);
    let file = home.folder.path().join("authority.pem");
    std::fs::write(&file, pem).unwrap();
    let through = format!("http://user:secret@{proxy}");
    // Without the authority nothing is sent, and what to do is said.
    let strange = home.with("HTTPS_PROXY", &through);
    let ran = strange.run(&["sync"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(
        ran.err.contains("certificate") && ran.err.contains("SSL_CERT_FILE"),
        "{}",
        ran.err
    );
    assert!(forge.log().is_empty());
    assert!(!ran.err.contains("secret"), "{}", ran.err);
    // With it, all of it comes.
    let home = strange.with("SSL_CERT_FILE", &file.display().to_string());
    let ran = home.run(&["sync"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.err.matches("warning").count(), 0, "{}", ran.err);
    let story = forge.truth().story().unwrap();
    let shown = home.run(&["show", &story.number.to_string(), "--offline", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
    for part in json["parts"].as_array().unwrap() {
        assert_eq!(part["state"], "complete", "{part}");
    }
    let log = forge.log();
    let asked = |part: &str| log.iter().any(|e| e.path.contains(part) && e.status < 400);
    assert!(asked("/graphql") && asked(".git/git-upload-pack") && asked("/zip"));
    let seen = seen.lock().await.clone();
    for name in [API, STORAGE] {
        let told = seen
            .iter()
            .any(|(target, knows)| target.starts_with(name) && *knows);
        assert!(told, "{name}");
    }
    // A wrong proxy is named, without its password.
    let wrong = Home::on(&forge).with("HTTPS_PROXY", &format!("http://user:wrong@{proxy}"));
    let ran = wrong.run(&["sync"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(
        ran.err.contains(&proxy) && !ran.err.contains("wrong"),
        "{}",
        ran.err
    );
}

#[test]
fn a_proxy_that_speaks_another_protocol_is_refused_in_words() {
    let web = ["--api-url", "https://forge.test", "-R", "a/b", "sync"];
    for (variable, scheme) in [
        ("HTTPS_PROXY", "socks5"),
        ("ALL_PROXY", "socks5h"),
        ("HTTPS_PROXY", "https"),
    ] {
        let proxy = format!("{scheme}://user:secret@127.0.0.1:9");
        let ran = Home::new().with(variable, &proxy).run(&web).ended(4);
        let words = format!(
            "the proxy {scheme} speaks a protocol that is not supported here; http:// proxies are"
        );
        assert!(ran.err.contains(&words), "{ran:#?}");
        assert!(
            ran.err.contains("hint: ") && ran.err.contains("HTTPS_PROXY"),
            "{ran:#?}"
        );
        assert!(
            !ran.err.contains("secret") && !ran.err.contains("panicked"),
            "{ran:#?}"
        );
    }
}
