#pragma once

// Patterns that every service's adapter shares: a command, and a query.
#include <utility>

#include "libs/fold/commands.h"
#include "libs/fold/follower.h"
#include "libs/rpc/unary.h"

namespace vaka::rpc {

// Carries out a command and sets `seq` in the response. `decide(const State&, absl::Time now) ->
// StatusOr<Decision>` is pure and may run more than once; `call` and `request` outlive it.
template <typename State, typename Request, typename Response, typename DecideFn>
void Execute(fold::Commands& commands, const Call& call, const Request& request, Response& response,
             DecideFn decide, Done done) {
  commands.Execute(
      call.CommandOf(request.idempotency_key()),
      [decide = std::move(decide)](const fold::Fold& fold, absl::Time now) {
        return decide(static_cast<const State&>(fold), now);
      },
      [&response, done = std::move(done)](absl::StatusOr<fold::Outcome> outcome) {
        if (outcome.ok()) response.set_seq(outcome->seq);
        done(outcome.status());
      });
}

// Tells the caller how old the state may be that is about to be read: it is answered from memory
// also while the log cannot be reached. For queries that cannot use Query.
inline void TellAge(const fold::Follower& follower, const Call& call) {
  if (call.tell_age != nullptr) call.tell_age(follower.AgeOf(call.kommun));
}

// Answers from the state once it holds `at_least`, sets `seq` in the response, and tells its age.
// `answer(const State&) -> absl::Status` fills the response; it runs with the state locked for
// reading.
template <typename State, typename Request, typename Response, typename AnswerFn>
void Query(fold::Follower& follower, const Call& call, const Request& request, Response& response,
           AnswerFn answer, Done done) {
  TellAge(follower, call);  // before: while it waits it only becomes younger
  follower.When(call.kommun, request.at_least(), call.deadline,
                [&response, answer = std::move(answer), done = std::move(done)](
                    absl::Status reached, const fold::Fold* fold, uint64_t position) {
                  if (!reached.ok()) return done(reached);
                  response.set_seq(position);
                  done(answer(static_cast<const State&>(*fold)));
                });
}

}  // namespace vaka::rpc
