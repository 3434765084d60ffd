//! What the session wants, done.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::future::FutureExt as _;

use super::{
    Driver,
    translate::{self, Told, over},
};
use crate::{Address, Event, TokenReason, codec, session::Output, token::TokenSource, transport};

impl Driver {
    pub(super) fn output(&mut self, output: Output) {
        match output {
            Output::Open {
                link,
                endpoint,
                transport,
            } => {
                let to = self
                    .endpoints
                    .get(endpoint)
                    .zip(self.transports.get(transport));
                if let Some((endpoint, transport)) = to {
                    let run = self.links.open(link, endpoint, *transport);
                    self.open.push(run);
                }
            }
            Output::Send { link, message } => {
                let Some(dialect) = self.links.dialect(link) else {
                    return;
                };
                if !self.links.send(link, codec::encode(dialect, message)) {
                    self.links.close(link, 1006, String::new());
                    let closed = transport::Closed::lost("the server reads too slowly");
                    let now = self.now();
                    self.session
                        .handle_input(now, translate::closed(link, closed));
                }
            }
            Output::Close { link, code, reason } => self.links.close(link, code, reason),
            Output::Token { because } => self.ask_for_token(because),
            Output::Ping { endpoint } => {
                if let Some(target) = self.endpoints.get(endpoint).cloned() {
                    let dialer = self.dialer.clone();
                    let ping = async move {
                        let status = transport::ping(&dialer, &target).await;
                        (endpoint, status)
                    };
                    self.pings.push(ping.boxed());
                }
            }
            Output::State(state) => {
                let status = translate::status(state);
                self.over = over(&status);
                if let Some(over) = &self.over {
                    self.readers.stop(over);
                }
                self.status.send_replace(status.clone());
                self.event(&Event::State(status));
            }
            Output::Event(event) => {
                if let Some(told) = translate::told(event) {
                    self.app_event(told);
                }
            }
            Output::Answer { ticket, result } => {
                if let Some(answer) = self.answers.remove(&ticket) {
                    let _ = answer.send(translate::answer(result));
                }
            }
            // Where there is no storage of its own, what worked is forgotten with the process.
            Output::Remember { .. } => {}
        }
    }

    fn ask_for_token(&mut self, reason: TokenReason) {
        let TokenSource::Provider(provider) = &self.token else {
            return;
        };
        let provider = provider.clone();
        let asked = async move {
            // A provider that panics is one that failed; the client is not to fall with it.
            let asked = AssertUnwindSafe(async { provider.ask(reason).await });
            let answer = asked.catch_unwind().await;
            answer.unwrap_or_else(|_| Err("the token provider panicked".to_owned()))
        };
        self.asking = Some(asked.boxed());
    }

    fn app_event(&mut self, told: Told) {
        match told {
            Told::Message(message) => {
                let found = match &message.to {
                    Address::Topic(topic) => self.readers.deliver(topic, &message),
                    Address::User | Address::Connection | Address::Everyone => false,
                };
                if !found {
                    self.event(&Event::Message(message));
                }
            }
            Told::Began(topic, subscribed) => self.readers.began(&topic, &subscribed),
            Told::Ended(topic, error) => self.readers.ended(&topic, &error),
            Told::Update(topic, update) => self.readers.tell(&topic, &update),
            Told::Alert { cause, detail } => self.event(&Event::Alert { cause, detail }),
        }
    }

    fn event(&mut self, event: &Event) {
        self.listeners.retain(|inbox| Arc::strong_count(inbox) > 1);
        for listener in &self.listeners {
            listener.push(event.clone());
        }
    }
}
