#include "services/intake/intake_service.h"

#include <utility>

#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "libs/rpc/serve.h"
#include "libs/rpc/unary.h"
#include "libs/screen/screen.h"
#include "services/intake/listing.h"
#include "services/intake/report_many.h"

namespace vaka::intake {
namespace {

constexpr absl::Duration kLongAway = absl::Seconds(5);

// Counts a refusal on its way out.
rpc::Done Counting(Metrics& metrics, rpc::Done done) {
  return [&metrics, done = std::move(done)](absl::Status status) {
    if (!status.ok()) metrics.Refused(status);
    done(std::move(status));
  };
}

// Screens a correction, seals its text and records it.
void CorrectOne(const Deps& deps, const rpc::Call& call, const v1::CorrectRequest& request,
                v1::CorrectResponse& response, const rpc::Done& done) {
  Draft draft;
  draft.id = request.incident();
  draft.submission = request.submission();
  draft.submission.clear_text();
  if (!request.submission().text().empty()) {
    absl::StatusOr<vault::Vault::Box> box =
        deps.vault.Seal(call.kommun, SubjectOf(draft.id), request.submission().text());
    if (!box.ok()) return done(box.status());
    draft.text = std::move(box->sealed);
    draft.key = std::move(box->new_key);
  }
  rpc::Execute<State>(
      deps.commands, call, request, response,
      [draft = std::move(draft), reason = request.reason(), caller = CallerOf(call.caller)](
          const State& state, absl::Time now) {
        return DecideCorrect(state, draft, reason, caller, now);
      },
      done);
}

// Puts the texts into the page that was collected. A text that was erased stays empty.
absl::Status OpenTexts(const Deps& deps, const std::string& kommun,
                       const std::vector<SealedText>& texts, v1::ListResponse& response) {
  std::vector<registry::v1::Sealed> sealed;
  for (const SealedText& text : texts) sealed.push_back(text.sealed);
  // Where the store has long been away, asking it would only hold up the answer.
  absl::StatusOr<std::vector<absl::StatusOr<std::string>>> opened =
      absl::UnavailableError("the store is away");
  if (deps.follower.AgeOf(kommun) < kLongAway) opened = deps.vault.OpenMany(kommun, sealed);
  if (absl::IsUnavailable(opened.status())) {
    // Everything else is in memory; the answer says how old it is.
    LogWarning("intake", kommun, ": ", texts.size(),
               " texts are left out of a list, their keys cannot be read");
    deps.metrics.TextsLeftOut(texts.size());
    return absl::OkStatus();
  }
  if (!opened.ok()) return opened.status();
  for (size_t i = 0; i < opened->size(); ++i) {
    const auto& text = (*opened)[i];
    if (text.ok()) response.mutable_incidents(texts[i].view)->set_text(*text);
  }
  deps.metrics.TextsOpened(opened->size());
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* IntakeServiceImpl::Report(grpc::CallbackServerContext* context,
                                                    const v1::ReportRequest* request,
                                                    v1::ReportResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const v1::ReportRequest& in,
                           v1::ReportResponse& out, rpc::Done done) {
                      fold::Command command = call.CommandOf(in.idempotency_key());
                      out.set_incident(IncidentId(call.kommun, command.key, in.submission()));
                      std::vector<Item> items = {{out.incident(), in.submission()}};
                      taker_.Take(std::move(command), CallerOf(call.caller), std::move(items),
                                  [&out, done = std::move(done)](absl::Status status, uint64_t seq,
                                                                 const std::vector<Taken>& taken) {
                                    if (status.ok()) status = taken[0].status;
                                    out.set_seq(seq);
                                    out.set_area(taken[0].where.area());
                                    out.set_district(taken[0].where.district());
                                    out.set_outcome(taken[0].outcome);
                                    done(std::move(status));
                                  });
                    });
}

grpc::ServerReadReactor<v1::ReportManyRequest>* IntakeServiceImpl::ReportMany(
    grpc::CallbackServerContext* context, v1::ReportManyResponse* response) {
  return intake::ReportMany::Start(gate_, taker_, deps_.worker, context, response);
}

grpc::ServerUnaryReactor* IntakeServiceImpl::Correct(grpc::CallbackServerContext* context,
                                                     const v1::CorrectRequest* request,
                                                     v1::CorrectResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const v1::CorrectRequest& in,
                           v1::CorrectResponse& out, rpc::Done plain_done) {
                      rpc::Done done = Counting(deps_.metrics, std::move(plain_done));
                      absl::Status clean = ScreenSubmission(in.submission());
                      if (clean.ok()) clean = screen::ScreenText("reason", in.reason());
                      if (!clean.ok()) return done(clean);
                      deps_.worker.Post([this, &call, &in, &out, done = std::move(done)] {
                        CorrectOne(deps_, call, in, out, done);
                      });
                    });
}

grpc::ServerUnaryReactor* IntakeServiceImpl::Withdraw(grpc::CallbackServerContext* context,
                                                      const v1::WithdrawRequest* request,
                                                      v1::WithdrawResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const v1::WithdrawRequest& in,
                           v1::WithdrawResponse& out, rpc::Done plain_done) {
                      rpc::Done done = Counting(deps_.metrics, std::move(plain_done));
                      if (absl::Status clean = screen::ScreenText("reason", in.reason());
                          !clean.ok()) {
                        return done(clean);
                      }
                      rpc::Execute<State>(
                          deps_.commands, call, in, out,
                          [&in, caller = CallerOf(call.caller)](const State& state, absl::Time) {
                            return DecideWithdraw(state, in.incident(), in.reason(), caller);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* IntakeServiceImpl::Link(grpc::CallbackServerContext* context,
                                                  const v1::LinkRequest* request,
                                                  v1::LinkResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const v1::LinkRequest& in, v1::LinkResponse& out,
                           rpc::Done done) {
                      rpc::Execute<State>(
                          deps_.commands, call, in, out,
                          [&in](const State& state, absl::Time) { return DecideLink(state, in); },
                          Counting(deps_.metrics, std::move(done)));
                    });
}

grpc::ServerUnaryReactor* IntakeServiceImpl::List(grpc::CallbackServerContext* context,
                                                  const v1::ListRequest* request,
                                                  v1::ListResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const v1::ListRequest& in, v1::ListResponse& out,
                           rpc::Done done) {
                      rpc::TellAge(deps_.follower, call);
                      deps_.follower.When(
                          call.kommun, in.at_least(), call.deadline,
                          [this, &call, &in, &out, done = std::move(done)](
                              absl::Status reached, const fold::Fold* fold, uint64_t position) {
                            if (!reached.ok()) return done(reached);
                            out.set_seq(position);
                            std::vector<SealedText> texts;
                            const absl::Status listed =
                                ListIncidents(static_cast<const State&>(*fold), in,
                                              CallerOf(call.caller), &out, &texts);
                            if (!listed.ok() || texts.empty()) return done(listed);
                            // The vault's store is asked without the state's lock.
                            deps_.worker.Post([this, &call, &out, done, texts = std::move(texts)] {
                              done(OpenTexts(deps_, call.kommun, texts, out));
                            });
                          });
                    });
}

grpc::ServerUnaryReactor* IntakeServiceImpl::Check(grpc::CallbackServerContext* context,
                                                   const v1::CheckRequest* request,
                                                   v1::CheckResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [](const rpc::Call&, const v1::CheckRequest& in, v1::CheckResponse& out,
                       const rpc::Done& done) {
                      for (options::v1::TextSpan& hit : screen::FindPersonalData(in.text())) {
                        *out.add_hits() = std::move(hit);
                      }
                      done(absl::OkStatus());
                    });
}

}  // namespace vaka::intake
