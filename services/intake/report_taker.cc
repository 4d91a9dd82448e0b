#include "services/intake/report_taker.h"

#include <atomic>
#include <iterator>
#include <utility>

namespace vaka::intake {

struct ReportTaker::Batch {
  fold::Command command;
  Caller caller;
  Done done;
  std::vector<Draft> drafts;
  std::vector<std::string> texts;  // in the clear, until sealed
  std::vector<Known> known;
  std::vector<Taken> taken;
  absl::Status reached;                   // whether there was a state to recall from
  std::atomic<bool> either_done = false;  // recalling, or asking for it

  // Whether a text goes under a key that the store has.
  bool NeedsStore() const {
    for (size_t i = 0; i < drafts.size(); ++i) {
      if (taken[i].status.ok() && known[i] == Known::kOther && !texts[i].empty()) return true;
    }
    return false;
  }
};

void ReportTaker::Take(fold::Command command, Caller caller, std::vector<Item> items, Done done) {
  auto batch = std::make_shared<Batch>();
  batch->command = std::move(command);
  batch->caller = std::move(caller);
  batch->done = std::move(done);
  batch->taken.resize(items.size());
  batch->known.resize(items.size(), Known::kNew);
  for (size_t i = 0; i < items.size(); ++i) {
    Draft& draft = batch->drafts.emplace_back();
    draft.id = std::move(items[i].id);
    draft.submission = std::move(items[i].submission);
    draft.content_hash = ContentHash(draft.submission);
    batch->taken[i].status = ScreenSubmission(draft.submission);
    batch->texts.push_back(std::move(*draft.submission.mutable_text()));
    draft.submission.clear_text();
  }
  const std::string kommun = batch->command.kommun;
  const absl::Time deadline = batch->command.deadline;
  deps_.follower.When(kommun, /*at_least=*/0, deadline,
                      [this, batch](absl::Status status, const fold::Fold* fold, uint64_t) {
                        for (size_t i = 0; status.ok() && i < batch->drafts.size(); ++i) {
                          const Draft& draft = batch->drafts[i];
                          batch->known[i] = Recall(static_cast<const State&>(*fold), draft.id,
                                                   draft.submission, draft.content_hash);
                        }
                        batch->reached = std::move(status);
                        // Later, on the follower's thread, which has other things to do.
                        if (batch->either_done.exchange(true)) {
                          deps_.worker.Post([this, batch] { SealTexts(batch); });
                        }
                      });
  // Recalled on this call, nearly always: this thread goes on, unless it would wait for the store.
  if (!batch->either_done.exchange(true)) return;
  if (!batch->reached.ok() || !batch->NeedsStore()) return SealTexts(batch);
  deps_.worker.Post([this, batch] { SealTexts(batch); });
}

void ReportTaker::SealTexts(const BatchPtr& batch) {
  if (!batch->reached.ok()) return Finish(batch, batch->reached, 0);
  for (size_t i = 0; i < batch->drafts.size(); ++i) {
    Taken& taken = batch->taken[i];
    if (!taken.status.ok() || batch->texts[i].empty() || batch->known[i] == Known::kSame) continue;
    const std::string subject = SubjectOf(batch->drafts[i].id);
    absl::StatusOr<vault::Vault::Box> box =
        batch->known[i] == Known::kNew
            ? deps_.vault.SealNew(batch->command.kommun, subject, batch->texts[i])
            : deps_.vault.Seal(batch->command.kommun, subject, batch->texts[i]);
    if (!box.ok()) {
      taken.status = box.status();
      continue;
    }
    batch->drafts[i].text = std::move(box->sealed);
    batch->drafts[i].key = std::move(box->new_key);
  }
  batch->texts.clear();
  Record(batch);
}

void ReportTaker::Record(const BatchPtr& batch) {
  std::vector<absl::Status> ready;  // before deciding, which may run more than once
  for (const Taken& taken : batch->taken) ready.push_back(taken.status);
  const auto decide = [batch, ready = std::move(ready)](
                          const fold::Fold& fold,
                          absl::Time now) -> absl::StatusOr<fold::Decision> {
    const auto& state = static_cast<const State&>(fold);
    fold::Decision all;
    for (size_t i = 0; i < batch->drafts.size(); ++i) {
      Taken& taken = batch->taken[i];
      taken.status = ready[i];
      if (!taken.status.ok()) continue;
      absl::StatusOr<Report> report = DecideReport(state, batch->drafts[i], batch->caller, now);
      taken.status = report.status();
      if (!report.ok()) continue;
      taken.outcome = report->outcome;
      taken.where = std::move(report->where);
      const auto move_to = [](auto& from, auto& to) {
        std::move(from.begin(), from.end(), std::back_inserter(to));
      };
      move_to(report->decision.facts, all.facts);
      move_to(report->decision.rests_on, all.rests_on);
      move_to(report->decision.keys, all.keys);
    }
    return all;
  };
  deps_.commands.Execute(batch->command, decide,
                         [this, batch](absl::StatusOr<fold::Outcome> outcome) {
                           if (!outcome.ok()) return Finish(batch, outcome.status(), 0);
                           if (outcome->repeated) {
                             // Carried out before, perhaps when the municipality looked different:
                             // no refusal now.
                             for (Taken& taken : batch->taken) {
                               taken.status = absl::OkStatus();
                               taken.outcome = v1::OUTCOME_UNCHANGED;
                             }
                           }
                           Finish(batch, absl::OkStatus(), outcome->seq);
                         });
}

void ReportTaker::Finish(const BatchPtr& batch, const absl::Status& status, uint64_t seq) {
  for (Taken& taken : batch->taken) {
    if (!status.ok()) taken = Taken{status, v1::OUTCOME_UNSPECIFIED, {}};
    if (taken.status.ok()) {
      deps_.metrics.Taken(taken.outcome);
    } else {
      deps_.metrics.Refused(taken.status);
    }
  }
  batch->done(status, seq, std::move(batch->taken));
}

}  // namespace vaka::intake
