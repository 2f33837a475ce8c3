use super::*;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SCOPE: [&str; 4] = ["20150830", "us-east-1", "service", "aws4_request"];
const DATE: &str = "20150830T123600Z";

/// `get-vanilla` of the published test suite.
#[test]
fn published_signature() {
    let request = Request::get("https://example.amazonaws.com/")
        .header("host", "example.amazonaws.com")
        .header("x-amz-date", DATE)
        .body(Bytes::new())
        .unwrap();
    let canonical = canonical::request(&request, &["host", "x-amz-date"]);
    let signature = mac(SECRET, SCOPE, DATE, &canonical).finalize().into_bytes();
    let published = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    assert_eq!(hex(&signature), published);
}

/// `get-header-value-trim` of the published test suite.
#[test]
fn published_canonical_headers() {
    let request = Request::get("https://example.amazonaws.com/")
        .header("my-header1", " value1")
        .header("my-header2", " \"a   b   c\"")
        .header("x-amz-date", DATE)
        .body(Bytes::new())
        .unwrap();
    let names = ["host", "my-header1", "my-header2", "x-amz-date"];
    let canonical = canonical::request(&request, &names);
    let signature = mac(SECRET, SCOPE, DATE, &canonical).finalize().into_bytes();
    let published = "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736";
    assert_eq!(hex(&signature), published);
}

#[test]
fn dates() {
    let time = parse_date(DATE).unwrap();
    assert_eq!(basic(time), DATE);
    for wrong in [
        "",
        "20150830",
        "2015-08-30T12:36:00Z",
        "20150830T123600+",
        "20151330T123600Z",
        "2015083éT12360Z",
    ] {
        assert!(parse_date(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn headers_that_make_no_sense() {
    let code = |text: &str| {
        Authorization::parse(text)
            .err()
            .map(|refusal| refusal.code.into_owned())
    };
    let wrong = [
        "",
        "Basic abc",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=xyz",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=, Signature=00",
    ];
    for text in wrong {
        assert_eq!(
            code(text).as_deref(),
            Some("IncompleteSignatureException"),
            "{text}"
        );
    }
    let right = "AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=host,Signature=00";
    assert_eq!(code(right), None);
}
