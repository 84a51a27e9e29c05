"""The control socket of a daemon."""
import http.client
import json
import socket
import urllib.parse


ROOT = '/memfsd/v1'


class _Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('localhost')
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)


class Api:
    def __init__(self, data):
        self._socket = f'{data}/memfsd.sock'

    def _text(self, method, path, body, query):
        connection = _Connection(self._socket)
        if query:
            path += '?' + urllib.parse.urlencode(query)
        headers = {'content-type': 'application/json'} if body is not None else {}
        connection.request(method, ROOT + path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        if response.status != 200:
            raise RuntimeError(f'{method} {path}: {text}')
        return text

    def json(self, method, path, body=None, **query):
        return json.loads(self._text(method, path, body, query))

    def lines(self, method, path, body=None, **query):
        lines = [json.loads(line) for line in self._text(method, path, body, query).splitlines()]
        for line in lines:
            if 'error' in line:
                raise RuntimeError(f'{method} {path}: {line}')
        return lines
