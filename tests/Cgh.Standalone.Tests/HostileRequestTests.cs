using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Cgh.Standalone.Tests;

/// <summary>Requests that no browser sends: each has its answer, and none leaves a line in the terminal.</summary>
public sealed class HostileRequestTests
{
    private const string Host = "\r\nHost: x\r\nConnection: close\r\n";
    private const string Socket = "\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";

    // The first line of the answer follows each request.
    private static readonly (string Request, string Expected)[] s_requests =
    [
        // A host that is missing, or is none.
        ("GET / HTTP/1.0\r\n\r\n", "400 Bad Request"),
        ("GET /queue HTTP/1.0\r\n\r\n", "400 Bad Request"),
        ("GET /health HTTP/1.0\r\n\r\n", "200 OK"),
        ("GET /alive HTTP/1.0\r\n\r\n", "200 OK"),
        ("GET / HTTP/1.1\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: \r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: a..b\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: .\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: x:99999\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: [::\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: xn--\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: !$&\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: a'b\r\n\r\n", "400 Bad Request"),
        ($"GET / HTTP/1.1\r\nHost: {new string('a', 300)}\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400 Bad Request"),
        ("GET http://x/ HTTP/1.1\r\nHost: y\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n", "200 OK"),
        ("GET / HTTP/1.1\r\nHost: 1.2.3.4\r\nConnection: close\r\n\r\n", "200 OK"),

        // Another site's name that resolves to this machine, and other sites' pages. "null" is a page in a sandbox.
        ("GET / HTTP/1.1\r\nHost: attacker.example\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: localhost.attacker.example:5080\r\n\r\n", "400 Bad Request"),
        ("GET /css/app.css HTTP/1.1\r\nHost: attacker.example\r\n\r\n", "400 Bad Request"),
        ("GET /health HTTP/1.1\r\nHost: pod.attacker.example\r\n\r\n", "200 OK"),
        ("GET / HTTP/1.1\r\nHost: lab.localhost\r\nConnection: close\r\n\r\n", "200 OK"),
        ($"POST /_blazor/negotiate HTTP/1.1{Host}Origin: http://attacker.example\r\nContent-Length: 0\r\n\r\n", "403 Forbidden"),
        ($"POST /_blazor/negotiate HTTP/1.1{Host}Origin: http://x:81\r\nContent-Length: 0\r\n\r\n", "403 Forbidden"),
        ($"POST /_blazor/negotiate HTTP/1.1{Host}Origin: null\r\nContent-Length: 0\r\n\r\n", "403 Forbidden"),
        ($"POST /_blazor/negotiate HTTP/1.1{Host}Origin: http://x\r\nContent-Length: 0\r\n\r\n", "200 OK"),
        ($"POST /control/experiments HTTP/1.1{Host}Origin: http://attacker.example\r\nContent-Length: 2\r\n\r\n{{}}", "403 Forbidden"),
        (
            $"GET /_blazor HTTP/1.1{Socket}Origin: http://attacker.example\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
            "403 Forbidden"
        ),

        // Paths.
        ($"GET /%zz HTTP/1.1{Host}\r\n", "404 Not Found"),
        ($"GET /%ff%fe HTTP/1.1{Host}\r\n", "404 Not Found"),
        ($"GET /experiments/%00 HTTP/1.1{Host}\r\n", "400 Bad Request"),
        ($"GET /experiments/%c0%af HTTP/1.1{Host}\r\n", "404 Not Found"),
        ($"GET /experiments/..%2f..%2fetc/report/passwd HTTP/1.1{Host}\r\n", "404 Not Found"),
        ($"GET /../../etc/passwd HTTP/1.1{Host}\r\n", "404 Not Found"),
        ($"GET /_framework/..%2f..%2fappsettings.json HTTP/1.1{Host}\r\n", "404 Not Found"),
        ($"GET /{new string('a', 7000)} HTTP/1.1{Host}\r\n", "404 Not Found"),
        ($"GET /{new string('a', 9000)} HTTP/1.1{Host}\r\n", "414 URI Too Long"),
        ($"GET /?a=%00%ff&{new string('&', 5000)} HTTP/1.1{Host}\r\n", "200 OK"),

        // Methods.
        ($"FOO / HTTP/1.1{Host}\r\n", "405 Method Not Allowed"),
        ($"TRACE / HTTP/1.1{Host}\r\n", "405 Method Not Allowed"),
        ($"OPTIONS * HTTP/1.1{Host}\r\n", "405 Method Not Allowed"),
        ("CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n", "405 Method Not Allowed"),
        ($"POST / HTTP/1.1{Host}Content-Length: 0\r\n\r\n", "400 Bad Request"),
        ($"HEAD / HTTP/1.1{Host}\r\n", "200 OK"),
        ($"HEAD /queue HTTP/1.1{Host}\r\n", "200 OK"),
        ($"HEAD /css/app.css HTTP/1.1{Host}\r\n", "200 OK"),
        ($"HEAD /health HTTP/1.1{Host}\r\n", "200 OK"),
        ($"HEAD /nothing HTTP/1.1{Host}\r\n", "404 Not Found"),

        // Headers and bodies.
        ($"GET / HTTP/1.1{Host}X: {new string('a', 40_000)}\r\n\r\n", "431 Request Header Fields Too Large"),
        ($"GET / HTTP/1.1{Host}Range: bytes=zz\r\nIf-Modified-Since: never\r\nAccept-Encoding: gzip;q=zz\r\n\r\n", "200 OK"),
        ($"GET /css/app.css HTTP/1.1{Host}Range: bytes=99999999999999999999-\r\nIf-None-Match: \"\"\"\r\n\r\n", "200 OK"),
        ($"POST /queue HTTP/1.1{Host}Content-Length: -1\r\n\r\n", "400 Bad Request"),
        ($"POST /queue HTTP/1.1{Host}Transfer-Encoding: chunked\r\n\r\nzz\r\n", "400 Bad Request"),
        ($"POST /control/experiments HTTP/1.1{Host}Content-Length: 2\r\n\r\n{{}}", "400 Bad Request"),
        // A body that never ends.
        ($"POST /queue HTTP/1.1{Host}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000000\r\n\r\na", "400 Bad Request"),
        ("GET / HTTP/9.9\r\nHost: x\r\n\r\n", "505 HTTP Version Not Supported"),
        ("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n", "400 Bad Request"),

        // The connection of a page.
        ($"GET /_blazor HTTP/1.1{Socket}Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n", "400 Bad Request"),
        ($"GET /_blazor HTTP/1.1{Socket}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 99\r\n\r\n", "400 Bad Request"),
        ($"GET /_blazor?id=a HTTP/1.1{Socket}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", "404 Not Found"),
        (
            $"GET /_blazor HTTP/1.1{Socket}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\u00ff\u00ff\u00ff\u00ff rubbish",
            "101 Switching Protocols"
        ),
        ($"POST /_blazor?id=a HTTP/1.1{Host}Content-Length: 5\r\n\r\nxxxxx", "404 Not Found"),
        ($"POST /_blazor/disconnect HTTP/1.1{Host}Content-Length: 5\r\n\r\nxxxxx", "400 Bad Request"),
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Request_NoBrowserSendsIt_HasItsAnswerAndLeavesNoLine()
    {
        await using var host = await HostProgram.StartAsync();
        var printed = host.Output;

        var answers = new List<(string, string)>();
        foreach (var (request, _) in s_requests)
        {
            answers.Add((request, await SendAsync(host.Port, request)));
        }

        Assert.Equal(s_requests, answers);
        Assert.Equal(printed, host.Output);
        Assert.Empty(await BodyOfHeadAsync(host.Port));
    }

    // The status of the answer.
    private static async Task<string> SendAsync(int port, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, Stop);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), Stop);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return (await reader.ReadLineAsync(Stop))?["HTTP/1.1 ".Length..] ?? "closed";
    }

    private static async Task<string> BodyOfHeadAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, Stop);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes($"HEAD / HTTP/1.1{Host}\r\n"), Stop);
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        return (await reader.ReadToEndAsync(Stop)).Split("\r\n\r\n", 2)[1];
    }
}
