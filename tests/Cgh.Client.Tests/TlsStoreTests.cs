using System.Diagnostics;

namespace Cgh.Client.Tests;

/// <summary>The commands with a real Redis that accepts TLS only.</summary>
public sealed class TlsStoreTests : IAsyncLifetime
{
    private RedisServerProcess _redis = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _redis = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop, tls: true);

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task Status_CertificateIsTrusted_Works()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems do not read SSL_CERT_FILE.");

        Assert.Equal(
            (0, """{"experiments":[],"rejectedMessages":[],"troubles":[]}"""),
            await RunAsync(_redis.Certificate, "status", "--json", "--store", $"rediss://{_redis.Address}"));
    }

    [Fact]
    public async Task Status_CertificateIsNotTrusted_SaysSoAndNotThatThePasswordIsWrong() =>
        Assert.Equal(
            (4, "The run store has a certificate that this machine does not trust. "
                + "Add its authority to the system's, or on Linux name its file in SSL_CERT_FILE."),
            await RunAsync(certificate: null, "status", "--store", $"rediss://lab:secret@{_redis.Address}"));

    [Fact]
    public async Task Status_AddressInAMisspelledOption_DoesNotPrintThePassword()
    {
        var (exitCode, output) = await RunAsync(certificate: null, "status", "--stor=rediss://lab:secret@lab");

        Assert.Equal((2, "Unknown option '--stor'. Did you mean '--store'? Try --help."), (exitCode, output));
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string? certificate, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "cgh.exe" : "cgh"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (certificate is not null)
        {
            start.Environment["SSL_CERT_FILE"] = certificate;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Stop);
        var errors = await process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, $"{await output}{errors}".Trim());
    }
}
