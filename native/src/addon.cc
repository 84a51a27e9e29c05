#include "addon.h"

#include <cstring>

#include "environment.h"

namespace memfsd {

void ThrowErrno(napi_env env, const char* call, int error) {
  std::string message = std::string(call) + ": " + strerror(error);
  napi_value text, code, exception, number, syscall;
  napi_create_string_utf8(env, message.c_str(), message.size(), &text);
  napi_create_string_utf8(env, uv_err_name(-error), NAPI_AUTO_LENGTH, &code);
  napi_create_string_utf8(env, call, NAPI_AUTO_LENGTH, &syscall);
  napi_create_int32(env, error, &number);
  napi_create_error(env, code, text, &exception);
  napi_set_named_property(env, exception, "errno", number);
  napi_set_named_property(env, exception, "syscall", syscall);
  napi_throw(env, exception);
}

void ThrowTypeError(napi_env env, const char* message) { napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message); }

bool GetInt(napi_env env, napi_value value, int32_t* result) {
  if (napi_get_value_int32(env, value, result) == napi_ok) return true;
  ThrowTypeError(env, "an integer is required");
  return false;
}

bool GetString(napi_env env, napi_value value, std::string* result) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) {
    ThrowTypeError(env, "a string is required");
    return false;
  }
  result->resize(length + 1);
  napi_get_value_string_utf8(env, value, &(*result)[0], length + 1, &length);
  result->resize(length);
  return true;
}

bool GetBytes(napi_env env, napi_value value, uint8_t** data, size_t* length) {
  napi_typedarray_type type;
  void* bytes = nullptr;
  if (napi_get_typedarray_info(env, value, &type, length, &bytes, nullptr, nullptr) == napi_ok &&
      type == napi_uint8_array) {
    *data = static_cast<uint8_t*>(bytes);
    return true;
  }
  ThrowTypeError(env, "a Uint8Array is required");
  return false;
}

napi_value Int(napi_env env, int32_t value) {
  napi_value result;
  napi_create_int32(env, value, &result);
  return result;
}

void SetMethod(napi_env env, napi_value object, const char* name, napi_callback callback) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
  napi_set_named_property(env, object, name, function);
}

napi_value Deref(napi_env env, napi_ref reference) {
  napi_value value = nullptr;
  napi_get_reference_value(env, reference, &value);
  return value;
}

void Call(napi_env env, napi_ref receiver, napi_ref function, size_t count, const napi_value* values) {
  napi_value result;
  napi_status status =
      napi_make_callback(env, nullptr, Deref(env, receiver), Deref(env, function), count, values, &result);
  if (status != napi_pending_exception) return;
  napi_value exception;
  napi_get_and_clear_last_exception(env, &exception);
  napi_fatal_exception(env, exception);
}

}  // namespace memfsd

NAPI_MODULE_INIT() {
  memfsd::RegisterDescriptors(env, exports);
  memfsd::RegisterChannel(env, exports);
  memfsd::RegisterNotifier(env, exports);
  memfsd::RegisterDescriptorSocket(env, exports);
  memfsd::RegisterPeers(env, exports);
  return exports;
}
