//! A plain HTTP server for either side of a benchmark: whole bodies in, whole bodies out.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::future::Future;
use tokio::net::TcpListener;

/// A request that has been read whole.
pub(crate) struct Request {
    pub(crate) method: hyper::Method,
    pub(crate) path: String,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) body: Bytes,
}

/// Serves on a port of the system's choice until the runtime ends; says the address.
pub(crate) async fn serve<F, Fut>(answer: F) -> String
where
    F: Fn(Request) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = (u16, String)> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            let answer = answer.clone();
            let service = service_fn(move |request| answered(request, answer.clone()));
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

async fn answered<F, Fut>(
    request: hyper::Request<Incoming>,
    answer: F,
) -> Result<hyper::Response<Full<Bytes>>, Infallible>
where
    F: Fn(Request) -> Fut,
    Fut: Future<Output = (u16, String)>,
{
    let (head, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return Ok(response(400, String::new())) };
    let path = head.uri.path().to_owned();
    let request = Request { method: head.method, path, headers: head.headers, body: body.to_bytes() };
    let (status, body) = answer(request).await;
    Ok(response(status, body))
}

fn response(status: u16, body: String) -> hyper::Response<Full<Bytes>> {
    let mut response = hyper::Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = hyper::StatusCode::from_u16(status).expect("a status of ours");
    let json = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, json);
    response
}
