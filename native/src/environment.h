// Small helpers over Node-API: arguments in, errors out.
#pragma once

#include <node_api.h>
#include <uv.h>

#include <cstdint>
#include <string>

namespace memfsd {

// Throws Error("<call>: <description>") with `code` (errno's name), `errno` (positive) and `syscall`.
void ThrowErrno(napi_env env, const char* call, int error);
void ThrowTypeError(napi_env env, const char* message);

bool GetInt(napi_env env, napi_value value, int32_t* result);
bool GetString(napi_env env, napi_value value, std::string* result);
bool GetBytes(napi_env env, napi_value value, uint8_t** data, size_t* length);

napi_value Int(napi_env env, int32_t value);
void SetMethod(napi_env env, napi_value object, const char* name, napi_callback callback);

// The JavaScript function behind a reference; call only inside a handle scope.
napi_value Deref(napi_env env, napi_ref reference);

// Calls `function` with an own callback scope: process.nextTick and promise jobs run when it returns. An
// exception becomes an uncaughtException, as in a listener.
void Call(napi_env env, napi_ref receiver, napi_ref function, size_t count, const napi_value* values);

}  // namespace memfsd
