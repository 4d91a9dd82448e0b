#include "services/registry/registry_service.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/config/validate.h"
#include "libs/rpc/serve.h"
#include "libs/rpc/unary.h"
#include "services/registry/decide.h"
#include "services/registry/people_errands.h"

namespace vaka::registry {
namespace {

// Runs `work() -> absl::Status` as an errand and finishes the call with its answer.
template <typename Work>
void RunErrand(Errands& errands, rpc::Done done, Work work) {
  const absl::Status posted =
      errands.Post([done, work = std::move(work)]() mutable { done(work()); });
  if (!posted.ok()) done(posted);
}

// An import is refused for its file, not for its form: those are counted.
absl::Status Counted(Metrics& metrics, absl::Status status) {
  if (absl::IsInvalidArgument(status)) metrics.ImportRefused();
  return status;
}

}  // namespace

Service::Service(ServiceDeps deps) : deps_(deps) {}

grpc::ServerUnaryReactor* Service::Configure(grpc::CallbackServerContext* context,
                                             const v1::ConfigureRequest* request,
                                             v1::ConfigureResponse* response) {
  return rpc::Unary(
      deps_.gate, context, request, response,
      [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
        if (asked.config().kommun() != call.kommun) {
          return done(FieldError("config.kommun", absl::StrCat("must be ", call.kommun)));
        }
        // A municipality comes into being with its first configuration, if it is a good one.
        if (config::ValidateMunicipality(asked.config()).ok()) deps_.follower.Adopt(call.kommun);
        rpc::Execute<State>(
            deps_.commands, call, asked, answer,
            [&asked](const State& state, absl::Time) { return DecideConfigure(state, asked); },
            std::move(done));
      });
}

grpc::ServerUnaryReactor* Service::GetMunicipality(grpc::CallbackServerContext* context,
                                                   const v1::GetMunicipalityRequest* request,
                                                   v1::GetMunicipalityResponse* response) {
  return rpc::Unary(
      deps_.gate, context, request, response,
      [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
        rpc::Query<State>(
            deps_.follower, call, asked, answer,
            [&answer](const State& state) -> absl::Status {
              if (!state.view().configured()) {
                return absl::NotFoundError("the municipality has not been configured");
              }
              *answer.mutable_config() = state.view().config();
              return absl::OkStatus();
            },
            std::move(done));
      });
}

grpc::ServerUnaryReactor* Service::RegisterArea(grpc::CallbackServerContext* context,
                                                const v1::RegisterAreaRequest* request,
                                                v1::RegisterAreaResponse* response) {
  return rpc::Unary(deps_.gate, context, request, response,
                    [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
                      answer.set_area(asked.area().id().empty()
                                          ? DeriveId("a", call.kommun,
                                                     call.CommandOf(asked.idempotency_key()).key)
                                          : asked.area().id());
                      rpc::Execute<State>(
                          deps_.commands, call, asked, answer,
                          [&asked, id = answer.area()](const State& state, absl::Time) {
                            return DecideRegisterArea(state, asked, id);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::ChangeArea(grpc::CallbackServerContext* context,
                                              const v1::ChangeAreaRequest* request,
                                              v1::ChangeAreaResponse* response) {
  return rpc::Unary(
      deps_.gate, context, request, response,
      [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
        rpc::Execute<State>(
            deps_.commands, call, asked, answer,
            [&asked](const State& state, absl::Time) { return DecideChangeArea(state, asked); },
            std::move(done));
      });
}

grpc::ServerUnaryReactor* Service::ChangeAreaStage(grpc::CallbackServerContext* context,
                                                   const v1::ChangeAreaStageRequest* request,
                                                   v1::ChangeAreaStageResponse* response) {
  return rpc::Unary(deps_.gate, context, request, response,
                    [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
                      rpc::Execute<State>(
                          deps_.commands, call, asked, answer,
                          [&asked](const State& state, absl::Time) {
                            return DecideChangeAreaStage(state, asked);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::MoveMaterial(grpc::CallbackServerContext* context,
                                                const v1::MoveMaterialRequest* request,
                                                v1::MoveMaterialResponse* response) {
  return rpc::Unary(
      deps_.gate, context, request, response,
      [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
        rpc::Execute<State>(
            deps_.commands, call, asked, answer,
            [&asked](const State& state, absl::Time) { return DecideMoveMaterial(state, asked); },
            std::move(done));
      });
}

grpc::ServerUnaryReactor* Service::ListAreas(grpc::CallbackServerContext* context,
                                             const v1::ListAreasRequest* request,
                                             v1::ListAreasResponse* response) {
  return rpc::Unary(deps_.gate, context, request, response,
                    [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
                      rpc::Query<State>(
                          deps_.follower, call, asked, answer,
                          [&asked, &answer, now = call.now](const State& state) {
                            registry::ListAreas(state, asked, now, answer);
                            return absl::OkStatus();
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::RegisterPerson(grpc::CallbackServerContext* context,
                                                  const v1::RegisterPersonRequest* request,
                                                  v1::RegisterPersonResponse* response) {
  return rpc::Unary(
      deps_.gate, context, request, response,
      [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
        RunErrand(deps_.errands, std::move(done), [this, &call, &asked, &answer] {
          return PeopleErrands(deps_.commands, deps_.vault).Register(call, asked, answer);
        });
      });
}

grpc::ServerUnaryReactor* Service::GetPerson(grpc::CallbackServerContext* context,
                                             const v1::GetPersonRequest* request,
                                             v1::GetPersonResponse* response) {
  return rpc::Unary(
      deps_.gate, context, request, response,
      [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
        // The state is read first, under its lock; opening the details waits for the vault.
        auto sealed = std::make_shared<v1::Sealed>();
        auto open = [this, &call, &asked, &answer, sealed, done](absl::Status found) {
          if (!found.ok()) return done(found);
          RunErrand(deps_.errands, done, [this, &call, &asked, &answer, sealed] {
            absl::Status opened = PeopleErrands(deps_.commands, deps_.vault)
                                      .Open(call, asked, *sealed, *answer.mutable_contact());
            if (opened.ok()) deps_.metrics.Viewed();
            return opened;
          });
        };
        rpc::Query<State>(
            deps_.follower, call, asked, answer,
            [&asked, &answer, sealed](const State& state) -> absl::Status {
              VAKA_ASSIGN(const PersonEntry* person, LivingPerson(state.view(), asked.person()));
              *answer.mutable_person() = ViewOf(*person);
              *sealed = person->contact;
              return absl::OkStatus();
            },
            std::move(open));
      });
}

grpc::ServerUnaryReactor* Service::ListPeople(grpc::CallbackServerContext* context,
                                              const v1::ListPeopleRequest* request,
                                              v1::ListPeopleResponse* response) {
  return rpc::Unary(deps_.gate, context, request, response,
                    [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
                      rpc::Query<State>(
                          deps_.follower, call, asked, answer,
                          [&asked, &answer, now = call.now](const State& state) {
                            registry::ListPeople(state, asked, now, answer);
                            return absl::OkStatus();
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::ErasePerson(grpc::CallbackServerContext* context,
                                               const v1::ErasePersonRequest* request,
                                               v1::ErasePersonResponse* response) {
  return rpc::Unary(deps_.gate, context, request, response,
                    [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
                      RunErrand(deps_.errands, std::move(done), [this, &call, &asked, &answer] {
                        absl::Status erased =
                            PeopleErrands(deps_.commands, deps_.vault).Erase(call, asked, answer);
                        if (erased.ok()) deps_.metrics.Erased();
                        return erased;
                      });
                    });
}

grpc::ServerUnaryReactor* Service::SetPreferences(grpc::CallbackServerContext* context,
                                                  const v1::SetPreferencesRequest* request,
                                                  v1::SetPreferencesResponse* response) {
  return rpc::Unary(
      deps_.gate, context, request, response,
      [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
        rpc::Execute<State>(
            deps_.commands, call, asked, answer,
            [&asked](const State& state, absl::Time) { return DecideSetPreferences(state, asked); },
            std::move(done));
      });
}

grpc::ServerUnaryReactor* Service::SetConsent(grpc::CallbackServerContext* context,
                                              const v1::SetConsentRequest* request,
                                              v1::SetConsentResponse* response) {
  return rpc::Unary(
      deps_.gate, context, request, response,
      [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
        rpc::Execute<State>(
            deps_.commands, call, asked, answer,
            [&asked](const State& state, absl::Time) { return DecideSetConsent(state, asked); },
            std::move(done));
      });
}

grpc::ServerUnaryReactor* Service::AssignRole(grpc::CallbackServerContext* context,
                                              const v1::AssignRoleRequest* request,
                                              v1::AssignRoleResponse* response) {
  return rpc::Unary(deps_.gate, context, request, response,
                    [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
                      rpc::Execute<State>(
                          deps_.commands, call, asked, answer,
                          [&asked](const State& state, absl::Time now) {
                            return DecideAssignRole(state, asked.person(), asked.scope(), now);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::EndRole(grpc::CallbackServerContext* context,
                                           const v1::EndRoleRequest* request,
                                           v1::EndRoleResponse* response) {
  return rpc::Unary(
      deps_.gate, context, request, response,
      [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
        rpc::Execute<State>(
            deps_.commands, call, asked, answer,
            [&asked](const State& state, absl::Time) { return DecideEndRole(state, asked); },
            std::move(done));
      });
}

grpc::ServerUnaryReactor* Service::AssignHouseholds(grpc::CallbackServerContext* context,
                                                    const v1::AssignHouseholdsRequest* request,
                                                    v1::AssignHouseholdsResponse* response) {
  return rpc::Unary(deps_.gate, context, request, response,
                    [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
                      rpc::Execute<State>(
                          deps_.commands, call, asked, answer,
                          [&asked](const State& state, absl::Time now) {
                            return DecideAssignHouseholds(state, asked, now);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::MoveCaretakerRound(grpc::CallbackServerContext* context,
                                                      const v1::MoveCaretakerRoundRequest* request,
                                                      v1::MoveCaretakerRoundResponse* response) {
  return rpc::Unary(deps_.gate, context, request, response,
                    [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
                      rpc::Execute<State>(
                          deps_.commands, call, asked, answer,
                          [&asked](const State& state, absl::Time now) {
                            return DecideMoveCaretakerRound(state, asked, now);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::HoldFollowUp(grpc::CallbackServerContext* context,
                                                const v1::HoldFollowUpRequest* request,
                                                v1::HoldFollowUpResponse* response) {
  return rpc::Unary(deps_.gate, context, request, response,
                    [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
                      rpc::Execute<State>(
                          deps_.commands, call, asked, answer,
                          [&asked](const State& state, absl::Time now) {
                            return DecideHoldFollowUp(state, asked, now);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::HoldTraining(grpc::CallbackServerContext* context,
                                                const v1::HoldTrainingRequest* request,
                                                v1::HoldTrainingResponse* response) {
  return rpc::Unary(deps_.gate, context, request, response,
                    [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
                      rpc::Execute<State>(
                          deps_.commands, call, asked, answer,
                          [&asked](const State& state, absl::Time now) {
                            return DecideHoldTraining(state, asked, now);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::ApproveDriver(grpc::CallbackServerContext* context,
                                                 const v1::ApproveDriverRequest* request,
                                                 v1::ApproveDriverResponse* response) {
  return rpc::Unary(
      deps_.gate, context, request, response,
      [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
        rpc::Execute<State>(
            deps_.commands, call, asked, answer,
            [&asked](const State& state, absl::Time) { return DecideApproveDriver(state, asked); },
            std::move(done));
      });
}

grpc::ServerUnaryReactor* Service::Coverage(grpc::CallbackServerContext* context,
                                            const v1::CoverageRequest* request,
                                            v1::CoverageResponse* response) {
  return rpc::Unary(deps_.gate, context, request, response,
                    [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
                      rpc::Query<State>(
                          deps_.follower, call, asked, answer,
                          [&asked, &answer, now = call.now](const State& state) {
                            // Seq was set before; the counts take its place beside it.
                            const uint64_t seq = answer.seq();
                            answer = state.CoverageAt(asked.has_at() ? FromProto(asked.at()) : now);
                            answer.set_seq(seq);
                            return absl::OkStatus();
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::ImportAreas(grpc::CallbackServerContext* context,
                                               const v1::ImportAreasRequest* request,
                                               v1::ImportAreasResponse* response) {
  return rpc::Unary(deps_.gate, context, request, response,
                    [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
                      RunErrand(deps_.errands, std::move(done), [this, &call, &asked, &answer] {
                        return Counted(deps_.metrics, deps_.importer.Areas(call, asked, answer));
                      });
                    });
}

grpc::ServerUnaryReactor* Service::ImportPeople(grpc::CallbackServerContext* context,
                                                const v1::ImportPeopleRequest* request,
                                                v1::ImportPeopleResponse* response) {
  return rpc::Unary(deps_.gate, context, request, response,
                    [this](const rpc::Call& call, const auto& asked, auto& answer, rpc::Done done) {
                      RunErrand(deps_.errands, std::move(done), [this, &call, &asked, &answer] {
                        return Counted(deps_.metrics, deps_.importer.People(call, asked, answer));
                      });
                    });
}

}  // namespace vaka::registry
