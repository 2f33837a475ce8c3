//! Where an example runs: on the embedded simulator, on a server that speaks the API, or on AWS.

use std::error::Error;

use longshore::Config;
use longshore::simulator::{Server, Simulator};

/// How much faster than ours the simulator's time is.
const SPEED: f64 = 10.0;

/// What the arguments name.
pub struct Service {
    /// For clients.
    pub config: Config,
    /// The simulator, unless it is another service.
    #[allow(dead_code)] // not every example has something to set
    pub simulator: Option<Simulator>,
    /// The other arguments.
    pub rest: Vec<String>,
    /// The simulator serves as long as its server is kept.
    _server: Option<Server>,
}

impl Service {
    /// Takes `--endpoint URL` or `--aws` out of the arguments; without them, a simulator.
    pub async fn of_arguments() -> Result<Self, Box<dyn Error>> {
        let mut rest: Vec<String> = std::env::args().skip(1).collect();
        if let Some(at) = rest.iter().position(|argument| argument == "--aws") {
            rest.remove(at);
            return Ok(Self::at(Config::from_env()?, rest));
        }
        if let Some(at) = rest.iter().position(|argument| argument == "--endpoint") {
            if at + 1 == rest.len() {
                return Err("--endpoint is followed by a URL".into());
            }
            let url = rest.remove(at + 1);
            rest.remove(at);
            let is_set = |name| std::env::var_os(name).is_some();
            let mut config = Config::from_env()?.endpoint_url(url);
            if !is_set("AWS_REGION") && !is_set("AWS_DEFAULT_REGION") {
                config = config.region("us-east-1");
            }
            if !is_set("AWS_ACCESS_KEY_ID") {
                config = config.access_key("local", "local");
            }
            return Ok(Self::at(config, rest));
        }
        let simulator = Simulator::builder().speed(SPEED).build();
        let server = simulator.serve().await?;
        println!("simulator at {}", server.url());
        Ok(Self {
            config: simulator.config_for(&server),
            simulator: Some(simulator),
            rest,
            _server: Some(server),
        })
    }

    fn at(config: Config, rest: Vec<String>) -> Self {
        Self {
            config,
            simulator: None,
            rest,
            _server: None,
        }
    }

    /// Takes an option and its value out of the other arguments.
    #[allow(dead_code)] // not every example has options
    pub fn option(&mut self, name: &str) -> Result<Option<String>, Box<dyn Error>> {
        let Some(at) = self.rest.iter().position(|argument| argument == name) else {
            return Ok(None);
        };
        if at + 1 == self.rest.len() {
            return Err(format!("{name} is followed by a value").into());
        }
        let value = self.rest.remove(at + 1);
        self.rest.remove(at);
        Ok(Some(value))
    }

    /// Refuses arguments that nobody took.
    #[allow(dead_code)]
    pub fn no_more(&self) -> Result<(), Box<dyn Error>> {
        match self.rest.first() {
            Some(argument) => Err(format!("unknown argument {argument}").into()),
            None => Ok(()),
        }
    }
}
