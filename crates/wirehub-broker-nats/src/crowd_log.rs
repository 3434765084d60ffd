//! Who is on topics: one message says how many there are on one and what has changed, and is only
//! stored behind the one that its writer knew. The members, and the connections of each user, are
//! messages that are stored with it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures_util::future::{join_all, try_join_all};
use tokio::time::{self, Instant};
use wirehub_broker::{BrokerError, Members, MembersQuery, NodeName};
use wirehub_model::{ConnectionId, Member, Topic, UserId};

use crate::{
    NatsSettings,
    crowd_draft::CrowdDraft,
    crowd_job::{CrowdJob, Stay},
    crowd_page::{CrowdPage, read_count, read_member, write_count, write_member},
    failure::{Failure, damaged},
    jetstream::JetStream,
    put::{Put, PutError},
    server_clock::ServerClock,
    subjects::Subjects,
    topic_log::ATTEMPTS,
};

/// How long it is remembered that nobody is on a topic any more: its version must not begin anew
/// for whoever still has a list.
const VERSION_LIFE: Duration = Duration::from_secs(86_400);
/// The pause after which it is looked what became of changes whose answer was cut off.
const AGAIN: Duration = Duration::from_millis(20);
/// The most members of one page.
const PAGE_MAX: usize = 10_000;
/// Members that are read at the same time.
const TOGETHER: usize = 256;

/// Who is on all topics.
pub(crate) struct CrowdLog {
    pub(crate) js: Arc<JetStream>,
    pub(crate) subjects: Subjects,
    pub(crate) stream: String,
    clock: Arc<ServerClock>,
    bound: usize,
    patience: Duration,
}

impl CrowdLog {
    pub(crate) fn new(
        js: Arc<JetStream>,
        subjects: Subjects,
        clock: Arc<ServerClock>,
        settings: &NatsSettings,
    ) -> Self {
        Self {
            js,
            stream: subjects.crowds_stream(),
            subjects,
            clock,
            bound: settings.bounds.members,
            patience: settings.bounds.answer_timeout,
        }
    }

    /// Makes changes that may be written together.
    pub(crate) async fn change(&self, topic: &Topic, mut jobs: Vec<CrowdJob>) {
        let until = Instant::now() + self.patience;
        let mut failure = BrokerError::Overloaded;
        for attempt in 0..ATTEMPTS {
            failure = match self.try_change(topic, &mut jobs).await {
                Ok(()) => return,
                Err(StepError::Conflict) => {
                    time::sleep(Duration::from_millis(
                        self.js.draw() % (attempt + 1).min(16),
                    ))
                    .await;
                    continue;
                }
                // What was done is found when it is looked again.
                Err(StepError::Cut(error)) => error,
                Err(StepError::Broker(error)) => {
                    failure = error;
                    break;
                }
            };
            if Instant::now() >= until {
                break;
            }
            time::sleep(AGAIN).await;
        }
        for job in jobs {
            job.end(Err(failure.clone()));
        }
    }

    async fn try_change(&self, topic: &Topic, jobs: &mut Vec<CrowdJob>) -> Result<(), StepError> {
        let mut draft = self.draft(topic, jobs).await?;
        let mut answers = Vec::new();
        for job in &*jobs {
            let place = job.place(&self.subjects, topic);
            answers.push(draft.apply(&place, job, self.bound));
        }
        if !draft.page.news.is_empty() {
            let puts = self.puts(topic, &mut draft);
            match self.js.put(&puts).await {
                Ok(_) => {}
                Err(PutError::Conflict) => {
                    self.end_stays(jobs).await?;
                    return Err(StepError::Conflict);
                }
                Err(PutError::TooLarge) => {
                    let bytes = puts.iter().map(|put| put.payload.len()).sum();
                    let max = self.js.requests().max_payload();
                    return Err(StepError::Broker(BrokerError::TooLarge { bytes, max }));
                }
                Err(PutError::Failed(failure)) => return Err(failure.into()),
            }
        }
        for (job, answer) in jobs.drain(..).zip(answers) {
            job.end(answer);
        }
        Ok(())
    }

    /// Answers those whose node has no lease any more.
    async fn end_stays(&self, jobs: &mut Vec<CrowdJob>) -> Result<(), StepError> {
        let stays: BTreeSet<Stay> = jobs.iter().map(|job| job.stay.clone()).collect();
        for stay in stays.into_iter().filter(|stay| stay.number > 0) {
            let found = self
                .js
                .last(&self.stream, &self.subjects.stay(&stay.node))
                .await?;
            if found.is_some_and(|found| found.number == stay.number) {
                continue;
            }
            for job in jobs.extract_if(.., |job| job.stay == stay) {
                // Those who have gone with it have left, as they were to.
                let is_leaving = job.member.is_none();
                job.end(if is_leaving {
                    Ok(())
                } else {
                    Err(BrokerError::LeaseExpired)
                });
            }
        }
        Ok(())
    }

    /// How a crowd is, as far as these changes touch it.
    async fn draft(&self, topic: &Topic, jobs: &[CrowdJob]) -> Result<CrowdDraft, StepError> {
        // First of all: what is read after it is as new, or else it is not stored.
        let found = self
            .js
            .last(&self.stream, &self.subjects.crowd(topic))
            .await?;
        let (number, page) = match found {
            Some(found) => {
                let page = CrowdPage::decode(&found.payload);
                let page = page.map_err(|error| damaged(topic, "how many are there", error))?;
                (found.number, page)
            }
            None => (0, CrowdPage::default()),
        };
        let places = jobs.iter().map(|job| job.place(&self.subjects, topic));
        let places: BTreeSet<String> = places.collect();
        let members = self.members_at(topic, places.iter()).await?;
        let users = jobs.iter().filter_map(|job| job.member.as_ref());
        let users = users.chain(members.values().flatten());
        let users = users.filter_map(|member| member.user.clone());
        let users: BTreeSet<UserId> = users.collect();
        let counts = users.into_iter().map(|user| async move {
            let subject = self.subjects.user(topic, &user);
            let found = self.js.last(&self.stream, &subject).await?;
            let count = found.map(|found| read_count(&found.payload)).transpose();
            let count = count.map_err(|error| damaged(topic, "a user", error))?;
            Ok::<_, StepError>((user, count.unwrap_or_default()))
        });
        Ok(CrowdDraft {
            page: CrowdPage {
                news: Vec::new(),
                ..page
            },
            number,
            members,
            users: try_join_all(counts).await?.into_iter().collect(),
            changed: BTreeMap::new(),
            counted: Vec::new(),
        })
    }

    async fn members_at(
        &self,
        topic: &Topic,
        places: impl Iterator<Item = &String>,
    ) -> Result<BTreeMap<String, Option<Member>>, BrokerError> {
        let looks = places.map(|place| async move {
            let found = self.js.last(&self.stream, place).await?;
            let member = found.map(|found| read_member(&found.payload)).transpose();
            let member = member.map_err(|error| damaged(topic, "a member", error))?;
            Ok::<_, BrokerError>((place.clone(), member.flatten()))
        });
        join_all(looks).await.into_iter().collect()
    }

    fn puts(&self, topic: &Topic, draft: &mut CrowdDraft) -> Vec<Put> {
        let page = &mut draft.page;
        // It follows the time, so that losing it does no harm.
        let micros = u64::try_from(self.clock.now().as_micros()).unwrap_or_default();
        page.version = (page.version + page.news.len() as u64).max(micros);
        let is_empty = page.occupancy.connections == 0;
        let put = |subject: String, payload, life| Put {
            subject,
            payload,
            expects: None,
            life,
            is_only: false,
        };
        let mut puts = vec![Put {
            expects: Some((draft.number, None)),
            ..put(
                self.subjects.crowd(topic),
                page.encode().into(),
                is_empty.then_some(VERSION_LIFE),
            )
        }];
        // What has gone is said as shortly as can be: a batch removes nothing.
        let gone = |is_gone: bool| is_gone.then_some(Duration::ZERO);
        let mut fenced = BTreeSet::new();
        for (place, stay) in &draft.changed {
            let member = draft.members.get(place).and_then(Option::as_ref);
            // With its stay a node loses the right to say who is there.
            let is_first = stay.number > 0 && fenced.insert(stay);
            let fence = is_first.then(|| (stay.number, Some(self.subjects.stay(&stay.node))));
            puts.push(Put {
                expects: fence,
                ..put(place.clone(), write_member(member), gone(member.is_none()))
            });
        }
        draft.counted.sort();
        draft.counted.dedup();
        for user in &draft.counted {
            let count = draft.users.get(user).copied().unwrap_or_default();
            let subject = self.subjects.user(topic, user);
            puts.push(put(subject, write_count(count), gone(count == 0)));
        }
        puts
    }

    /// A page of members.
    pub(crate) async fn members(&self, query: &MembersQuery) -> Result<Members, BrokerError> {
        let topic = &query.topic;
        let found = self
            .js
            .last(&self.stream, &self.subjects.crowd(topic))
            .await?;
        let page = found
            .map(|found| CrowdPage::decode(&found.payload))
            .transpose();
        let page = page.map_err(|error| damaged(topic, "how many are there", error))?;
        let page = page.unwrap_or_default();
        let mut members = Members {
            occupancy: page.occupancy,
            members: Vec::new(),
            more: page.occupancy.connections > 0,
            version: page.version,
        };
        let limit = query.limit.min(PAGE_MAX);
        if limit == 0 || !members.more {
            return Ok(members);
        }
        members.more = false;
        for some in self
            .places(topic, query.after.as_ref())
            .await?
            .chunks(TOGETHER)
        {
            let found = self
                .members_at(topic, some.iter().map(|(_, place)| place))
                .await?;
            for ((key, place), _) in some.iter().zip(0..) {
                let Some(Some(member)) = found.get(place) else {
                    continue;
                };
                if members.members.len() == limit {
                    members.more = true;
                    return Ok(members);
                }
                members
                    .members
                    .push((key.1.clone(), Arc::new(member.clone())));
            }
        }
        Ok(members)
    }

    /// The places of members in their order, those after one.
    async fn places(
        &self,
        topic: &Topic,
        after: Option<&(ConnectionId, NodeName)>,
    ) -> Result<Vec<((ConnectionId, NodeName), String)>, BrokerError> {
        let subjects = self
            .js
            .subjects(&self.stream, &self.subjects.members(topic))
            .await?;
        let read = |subject: String| {
            let (_, connection, node) = self.subjects.read_member(&subject)?;
            Some(((connection, node), subject))
        };
        let mut places: Vec<_> = subjects.into_iter().filter_map(read).collect();
        places.retain(|(key, _)| after.is_none_or(|after| key > after));
        places.sort();
        Ok(places)
    }
}

/// Why changes were not made.
enum StepError {
    /// Others were quicker.
    Conflict,
    /// Whether they were made is not known.
    Cut(BrokerError),
    Broker(BrokerError),
}

impl From<BrokerError> for StepError {
    fn from(error: BrokerError) -> Self {
        Self::Broker(error)
    }
}

impl From<Failure> for StepError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Cut(_) => Self::Cut(failure.into()),
            failure => Self::Broker(failure.into()),
        }
    }
}
