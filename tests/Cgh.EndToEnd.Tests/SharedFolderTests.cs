using Cgh.Tests;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>Two laboratories, each with its own store, are given the same data folder.</summary>
[Collection(Laboratories.Used)]
public sealed class SharedFolderTests : IDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_DataFolderIsInUse_NamesTheLaboratoryThatUsesIt()
    {
        await using var first = HostProcess.Start(_folder.Path);
        var address = await first.AddressAsync(s_timeout, Stop);

        await using var second = HostProcess.Start(_folder.Path);
        await using var third = HostProcess.StartAppHost(_folder.Path, "--no-dashboard");

        foreach (var other in (HostProcess[])[second, third])
        {
            Assert.Equal(1, await other.WaitForExitAsync(s_timeout, Stop));
            Assert.Contains(
                $"{Path.Combine(_folder.Path, "data")} is in use by the laboratory of process {first.Id} on {Environment.MachineName} since ",
                other.Output,
                StringComparison.Ordinal);
            Assert.Contains($"Its pages are at {address}. Stop that one, or choose another folder with --data.", other.Output, StringComparison.Ordinal);
        }

        await first.KillAllAsync();
        await using var fourth = HostProcess.Start(_folder.Path);
        await fourth.AddressAsync(s_timeout, Stop);
    }
}
