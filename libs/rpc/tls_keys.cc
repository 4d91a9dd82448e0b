#include "libs/rpc/tls_keys.h"

#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "libs/base/status.h"

namespace vaka::rpc {
namespace {

namespace fs = std::filesystem;

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Address = std::unique_ptr<ASN1_OCTET_STRING, Freed<ASN1_OCTET_STRING_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

constexpr absl::Duration kDay = absl::Hours(24);

struct Issuer {
  Key key;
  Certificate certificate;
};

absl::Status OpenSslError(absl::string_view what) {
  char text[160];
  ERR_error_string_n(ERR_get_error(), text, sizeof(text));
  return absl::InternalError(absl::StrCat(what, ": ", text));
}

absl::StatusOr<std::string> ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return absl::FailedPreconditionError(
        absl::StrCat(path.string(), ": ", std::strerror(errno), "; `vaka keys init` makes it"));
  }
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Made with its final rights: there is no moment in which others can read a key.
absl::Status WriteNew(const fs::path& path, const std::string& text, mode_t mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    const std::string problem = absl::StrCat(path.string(), ": ", std::strerror(errno));
    return errno == EEXIST ? absl::AlreadyExistsError(problem) : absl::UnavailableError(problem);
  }
  const ssize_t written = write(fd, text.data(), text.size());
  const bool closed = close(fd) == 0;
  if (written == static_cast<ssize_t>(text.size()) && closed) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(path.string(), ": cannot be written"));
}

template <typename Write>
absl::StatusOr<std::string> ToPem(Write write) {
  const Memory memory(BIO_new(BIO_s_mem()));
  if (write(memory.get()) != 1) return OpenSslError("PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

absl::StatusOr<std::string> PemOf(EVP_PKEY* key) {
  return ToPem([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

absl::StatusOr<std::string> PemOf(X509* certificate) {
  return ToPem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

absl::Status Extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  if (extension == nullptr || X509_add_ext(certificate, extension.get(), -1) != 1) {
    return OpenSslError(absl::StrCat("certificate extension ", value));
  }
  return absl::OkStatus();
}

// A certificate without extensions and signature, for a key of its own.
absl::StatusOr<Issuer> NewUnsigned(const char* name, absl::Time now, absl::Duration valid) {
  Issuer made{Key(EVP_EC_gen("P-256")), Certificate(X509_new())};
  if (made.key == nullptr || made.certificate == nullptr) return OpenSslError("EC key");
  X509* certificate = made.certificate.get();
  unsigned char serial[16];
  if (RAND_bytes(serial, sizeof(serial)) != 1) return OpenSslError("serial number");
  serial[0] &= 0x7f;  // a serial number is positive
  const std::unique_ptr<BIGNUM, Freed<BN_free>> number(BN_bin2bn(serial, sizeof(serial), nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
  X509_set_version(certificate, X509_VERSION_3);
  // A day back, so that a clock that is behind, or was set back, accepts it.
  ASN1_TIME_set(X509_getm_notBefore(certificate), absl::ToTimeT(now - kDay));
  ASN1_TIME_set(X509_getm_notAfter(certificate), absl::ToTimeT(now + valid));
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  return made;
}

absl::StatusOr<Issuer> NewCa(absl::Time now) {
  VAKA_ASSIGN(Issuer ca, NewUnsigned("Vaka CA", now, 3650 * kDay));
  X509* certificate = ca.certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  VAKA_RETURN_IF_ERROR(
      Extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0"));
  VAKA_RETURN_IF_ERROR(
      Extend(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign"));
  VAKA_RETURN_IF_ERROR(Extend(certificate, certificate, NID_subject_key_identifier, "hash"));
  if (X509_sign(certificate, ca.key.get(), EVP_sha256()) == 0) return OpenSslError("signature");
  return ca;
}

absl::StatusOr<Issuer> NewLeaf(const Issuer& ca, const std::vector<std::string>& hostnames,
                               absl::Time now) {
  VAKA_ASSIGN(Issuer leaf, NewUnsigned("vaka", now, 730 * kDay));
  X509* certificate = leaf.certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(ca.certificate.get()));
  std::vector<std::string> names;
  for (const std::string& host : hostnames) {
    if (host.empty() || host.find_first_of(",/ ") != std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("hostnames: \"", host, "\" is none"));
    }
    const Address address(a2i_IPADDRESS(host.c_str()));
    names.push_back(absl::StrCat(address != nullptr ? "IP:" : "DNS:", host));
  }
  VAKA_RETURN_IF_ERROR(
      Extend(certificate, ca.certificate.get(), NID_basic_constraints, "critical,CA:FALSE"));
  VAKA_RETURN_IF_ERROR(
      Extend(certificate, ca.certificate.get(), NID_key_usage, "critical,digitalSignature"));
  VAKA_RETURN_IF_ERROR(
      Extend(certificate, ca.certificate.get(), NID_ext_key_usage, "serverAuth,clientAuth"));
  VAKA_RETURN_IF_ERROR(
      Extend(certificate, ca.certificate.get(), NID_subject_alt_name, absl::StrJoin(names, ",")));
  if (X509_sign(certificate, ca.key.get(), EVP_sha256()) == 0) return OpenSslError("signature");
  return leaf;
}

absl::StatusOr<Issuer> ReadCa(const fs::path& dir) {
  VAKA_ASSIGN(const std::string certificate, ReadFile(dir / "ca.pem"));
  VAKA_ASSIGN(const std::string key, ReadFile(dir / "ca-key.pem"));
  const Memory certificate_memory(
      BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size())));
  const Memory key_memory(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())));
  Issuer ca{Key(PEM_read_bio_PrivateKey(key_memory.get(), nullptr, nullptr, nullptr)),
            Certificate(PEM_read_bio_X509(certificate_memory.get(), nullptr, nullptr, nullptr))};
  if (ca.key == nullptr || ca.certificate == nullptr) return OpenSslError("CA of the key folder");
  return ca;
}

absl::Status WritePair(const fs::path& dir, const Issuer& pair, const char* certificate_name,
                       const char* key_name) {
  VAKA_ASSIGN(const std::string certificate, PemOf(pair.certificate.get()));
  VAKA_ASSIGN(const std::string key, PemOf(pair.key.get()));
  VAKA_RETURN_IF_ERROR(WriteNew(dir / key_name, key, 0600));
  return WriteNew(dir / certificate_name, certificate, 0644);
}

}  // namespace

bool IsLocal(absl::string_view address) {
  if (absl::StartsWith(address, "unix:")) return true;
  absl::string_view host = address.substr(0, address.rfind(':'));
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  if (host == "localhost" || host == "::1") return true;
  const std::vector<absl::string_view> parts = absl::StrSplit(host, '.');
  return parts.size() == 4 && parts[0] == "127";
}

absl::Status CheckMayUse(absl::string_view address, const std::string& key_dir) {
  if (!key_dir.empty() || IsLocal(address)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(address,
                   ": only loopback addresses and unix sockets may be plain; this one needs a key "
                   "folder with ca.pem, cert.pem and key.pem (`vaka keys init`)"));
}

absl::StatusOr<TlsFiles> ReadTls(const std::string& key_dir) {
  const fs::path dir(key_dir);
  TlsFiles files;
  VAKA_ASSIGN(files.ca, ReadFile(dir / "ca.pem"));
  VAKA_ASSIGN(files.certificate, ReadFile(dir / "cert.pem"));
  VAKA_ASSIGN(files.key, ReadFile(dir / "key.pem"));
  return files;
}

absl::Status InitTls(const std::string& dir, const std::vector<std::string>& hostnames,
                     absl::Time now) {
  if (hostnames.empty()) return absl::InvalidArgumentError("hostnames: at least one is needed");
  const fs::path folder(dir);
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return absl::UnavailableError(absl::StrCat(dir, ": ", failed.message()));
  for (const char* name : {"cert.pem", "key.pem"}) {
    if (fs::exists(folder / name)) {
      return absl::AlreadyExistsError(absl::StrCat((folder / name).string(), " is there already"));
    }
  }
  Issuer ca;
  if (fs::exists(folder / "ca-key.pem")) {
    VAKA_ASSIGN(ca, ReadCa(folder));
  } else {
    VAKA_ASSIGN(ca, NewCa(now));
    VAKA_RETURN_IF_ERROR(WritePair(folder, ca, "ca.pem", "ca-key.pem"));
  }
  VAKA_ASSIGN(const Issuer leaf, NewLeaf(ca, hostnames, now));
  return WritePair(folder, leaf, "cert.pem", "key.pem");
}

}  // namespace vaka::rpc
