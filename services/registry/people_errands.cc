#include "services/registry/people_errands.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "services/registry/check.h"
#include "services/registry/decide.h"

namespace vaka::registry {
namespace {

const State& StateOf(const fold::Fold& fold) { return static_cast<const State&>(fold); }

absl::Status ErasedMeanwhile(const std::string& person) {
  return absl::FailedPreconditionError(absl::StrCat("person ", person, " has been erased"));
}

}  // namespace

PeopleErrands::PeopleErrands(fold::Commands& commands, const vault::Vault& vault)
    : commands_(commands), vault_(vault) {}

absl::Status PeopleErrands::Register(const rpc::Call& call,
                                     const v1::RegisterPersonRequest& request,
                                     v1::RegisterPersonResponse& response) {
  fold::Command command = call.CommandOf(request.idempotency_key());
  SealedPerson person;
  person.id = request.person().empty() ? DeriveId("p", call.kommun, command.key) : request.person();
  person.preferences = request.preferences();
  person.consent = request.consent();
  VAKA_ASSIGN(const v1::Contact contact, NormalContact(request.contact(), "contact"));
  VAKA_ASSIGN(person.contact,
              vault_.Seal(call.kommun, PersonKey(person.id), contact.SerializeAsString()));
  VAKA_ASSIGN(
      const fold::Outcome outcome,
      commands_.ExecuteAndWait(std::move(command), [&person](const fold::Fold& fold, absl::Time) {
        return DecideRegisterPerson(StateOf(fold), person);
      }));
  response.set_seq(outcome.seq);
  response.set_person(person.id);
  return absl::OkStatus();
}

absl::Status PeopleErrands::Open(const rpc::Call& call, const v1::GetPersonRequest& request,
                                 const v1::Sealed& sealed, v1::Contact& contact) {
  // Without a key of the caller's a page that is shown again and again records one look a minute.
  const std::string key =
      request.idempotency_key().empty()
          ? absl::StrCat(request.person(), "/", absl::ToUnixSeconds(call.now) / 60)
          : request.idempotency_key();
  VAKA_RETURN_IF_ERROR(commands_
                           .ExecuteAndWait(call.CommandOf(key),
                                           [&](const fold::Fold& fold, absl::Time) {
                                             return DecideView(StateOf(fold), request.person(),
                                                               call.method->full_name());
                                           })
                           .status());
  const absl::StatusOr<std::string> plain = vault_.Open(call.kommun, sealed);
  if (absl::IsNotFound(plain.status())) return ErasedMeanwhile(request.person());
  if (!plain.ok()) return plain.status();
  if (!contact.ParseFromString(*plain)) {
    return absl::DataLossError(absl::StrCat("details of person ", request.person()));
  }
  return absl::OkStatus();
}

absl::Status PeopleErrands::Erase(const rpc::Call& call, const v1::ErasePersonRequest& request,
                                  v1::ErasePersonResponse& response) {
  // A command that decides nothing: it only answers whether there is such a person, on the newest
  // state.
  const auto look = [&](const fold::Fold& fold, absl::Time) -> absl::StatusOr<fold::Decision> {
    const auto decided = DecideErasePerson(StateOf(fold), request.person());
    if (!decided.ok()) return decided.status();
    return fold::Decision();
  };
  const std::string look_key = absl::StrCat("look/", request.idempotency_key());
  VAKA_RETURN_IF_ERROR(commands_.ExecuteAndWait(call.CommandOf(look_key), look).status());
  VAKA_RETURN_IF_ERROR(vault_.Erase(call.kommun, PersonKey(request.person())));
  VAKA_ASSIGN(const fold::Outcome outcome,
              commands_.ExecuteAndWait(call.CommandOf(request.idempotency_key()),
                                       [&](const fold::Fold& fold, absl::Time) {
                                         return DecideErasePerson(StateOf(fold), request.person());
                                       }));
  VAKA_RETURN_IF_ERROR(vault_.Erase(call.kommun, PersonKey(request.person())));
  response.set_seq(outcome.seq);
  return absl::OkStatus();
}

}  // namespace vaka::registry
