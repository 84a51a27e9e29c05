{
  "targets": [
    {
      "target_name": "memfsd",
      "sources": [
        "src/addon.cc",
        "src/channel.cc",
        "src/descriptor_socket.cc",
        "src/descriptors.cc",
        "src/notifier.cc",
        "src/patience.cc",
        "src/peers.cc",
        "src/poll_watch.cc"
      ],
      "cflags": ["-O2", "-Wall", "-Wextra"],
      "cflags_cc": ["-std=c++17", "-fvisibility=hidden", "-Wno-cast-function-type"],
      "cflags!": ["-O3"],
      "defines": ["NAPI_VERSION=8", "_GNU_SOURCE"]
    },
    {
      "target_name": "memfsd-starter",
      "type": "executable",
      "sources": [
        "starter/filter.cc",
        "starter/init.cc",
        "starter/main.cc",
        "starter/wall.cc"
      ],
      "cflags": ["-O2", "-Wall", "-Wextra"],
      "cflags_cc": ["-std=c++17", "-Wno-missing-field-initializers"],
      "cflags!": ["-O3", "-pthread"],
      "ldflags!": ["-pthread", "-rdynamic"],
      "ldflags": ["-static-libstdc++", "-static-libgcc"],
      "defines": ["_GNU_SOURCE"]
    }
  ]
}
