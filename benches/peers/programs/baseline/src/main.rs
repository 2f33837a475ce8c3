//! A program that fetches JSON, as most do that longshore is added to.

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let answer = reqwest::get("https://example.com/").await?.text().await?;
    let value: serde_json::Value = serde_json::from_str(&answer)?;
    println!("{value}");
    Ok(())
}
