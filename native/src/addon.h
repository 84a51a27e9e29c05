#pragma once

#include <node_api.h>

namespace memfsd {
void RegisterChannel(napi_env env, napi_value exports);
void RegisterNotifier(napi_env env, napi_value exports);
void RegisterDescriptorSocket(napi_env env, napi_value exports);
void RegisterDescriptors(napi_env env, napi_value exports);
void RegisterPeers(napi_env env, napi_value exports);
}  // namespace memfsd
