//! What the application asks, and what it hears of it.

use super::{Core, Link, Object, Position, Progress, Purpose, State, topics::has_wildcards};

impl Core {
    /// The application asks for something.
    pub(crate) fn request(&mut self, now: f64, ticket: u64, request: Object, timeout: Option<f64>) {
        if matches!(self.state, State::Stopped | State::AuthFailed) {
            self.fail(ticket, "stopped", "the client has stopped", false);
            return;
        }
        let link = self.ready();
        if !self
            .requests
            .add(now, ticket, request, timeout, link.is_none())
        {
            let message = "too much waits for a connection";
            self.fail(ticket, "queue_full", message, true);
        } else if let Some(link) = link {
            self.send_request(link, ticket);
        }
    }

    fn send_request(&mut self, link: u64, ticket: u64) {
        let Some(asked) = self.requests.get_mut(ticket) else {
            return;
        };
        asked.link = Some(link);
        let message = asked.message.clone();
        self.ask(link, message, Purpose::Request { ticket });
    }

    /// Sends something that is answered.
    pub(crate) fn ask(&mut self, link: u64, mut message: Object, purpose: Purpose) {
        if let Some(on) = self.links.get_mut(&link) {
            message.insert("id".to_owned(), on.expect(purpose).into());
            self.send(link, message);
        }
    }

    /// Says everything that waited for a connection.
    pub(crate) fn flush(&mut self, link: u64) {
        for ticket in self.requests.waiting() {
            self.send_request(link, ticket);
        }
    }

    /// The move to another connection came to nothing: what waited for it is done on this one.
    pub(crate) fn catch_up(&mut self, link: u64) {
        let on = self.links.get_mut(&link);
        for message in on
            .map(|on| std::mem::take(&mut on.aside))
            .unwrap_or_default()
        {
            self.positions.received += 1;
            self.event(message);
        }
        for topic in self.subscriptions.take_ended() {
            self.end(link, &topic);
        }
        for topic in self.subscriptions.new_ones() {
            self.ask_for(link, &topic);
        }
        self.flush(link);
    }

    /// The application waits no longer.
    pub(crate) fn cancel(&mut self, now: f64, ticket: u64) {
        if self.requests.take(ticket) {
            self.fail(ticket, "cancelled", "the request was cancelled", false);
            self.move_over(now);
        }
    }

    /// What a lost connection owes is answered here, unless it can be said again.
    pub(crate) fn lost_requests(&mut self, link: &Link) {
        for ticket in self.requests.lost(link.number) {
            let message = "the connection was lost before the answer";
            self.fail(ticket, "disconnected", message, true);
        }
    }

    /// The application wants to hear a topic, from here on.
    pub(crate) fn subscribe(&mut self, topic: &str, mut options: Object) {
        let known = self.subscriptions.get_mut(topic);
        if known.as_ref().is_some_and(|known| !known.granted) {
            return;
        }
        let since = options.remove("since");
        if let Some(since) = since.as_ref().and_then(Position::read) {
            self.positions.set(topic, since);
        }
        if let Some(known) = known {
            known.granted = false;
            known.options = options;
            return;
        }
        self.subscriptions.add(topic, options, false);
        if let Some(link) = self.ready() {
            self.ask_for(link, topic);
        }
    }

    /// Asks the server for a subscription, from where the client has it.
    pub(crate) fn ask_for(&mut self, link: u64, topic: &str) {
        let Some(wanted) = self.subscriptions.get_mut(topic) else {
            return;
        };
        wanted.progress = Progress::Asked;
        let number = wanted.number;
        let mut message = wanted.options.clone();
        message.insert("type".to_owned(), "subscribe".into());
        message.insert("topic".to_owned(), topic.into());
        let since = self.positions.of(topic).filter(|_| !has_wildcards(topic));
        if let Some(since) = since {
            message.insert("since".to_owned(), since.fields());
        }
        let topic = topic.to_owned();
        self.ask(link, message, Purpose::Subscribe { topic, number });
    }

    /// The application wants to hear a topic no longer.
    pub(crate) fn unsubscribe(&mut self, topic: &str) {
        let gone = self.subscriptions.remove(topic);
        self.positions.forget(topic);
        let Some(gone) = gone else { return };
        match self.ready() {
            None => self.subscriptions.end_later(topic),
            Some(link) if gone.progress != Progress::Wanted => self.end(link, topic),
            Some(_) => {}
        }
    }

    pub(crate) fn end(&mut self, link: u64, topic: &str) {
        let message = Object::from_iter([
            ("type".to_owned(), "unsubscribe".into()),
            ("topic".to_owned(), topic.into()),
        ]);
        self.ask(link, message, Purpose::Ignore);
    }
}
