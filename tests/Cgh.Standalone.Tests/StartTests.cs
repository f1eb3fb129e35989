using System.Net;
using Cgh.Benchmarks.Harness;
using Cgh.Core.Files;
using Cgh.RunStore;
using StackExchange.Redis;
using Xunit;

namespace Cgh.Standalone.Tests;

/// <summary>The start with many run folders: pages are served while the store is filled.</summary>
public sealed class StartTests
{
    private const int Runs = 500;

    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(3);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_ManyRunFolders_PagesAnswerDuringTheRebuildAndShowItsProgress()
    {
        IReadOnlyList<string> ids = [];
        await using var host = HostProgram.RunWith(data => ids = SyntheticLaboratory.Write(new DataFolder(data), Runs, points: 1, runsPerExperiment: 1));
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{host.Port}") };
        using var served = await EventuallyAsync(() => client.GetAsync("/alive", Stop), answer => answer.IsSuccessStatusCode);
        await using var connection = await StoreConnection.OpenAsync(ConfigurationOptions.Parse($"127.0.0.1:{host.StorePort}"));
        var store = new RedisRunStore(connection);

        Assert.False(await store.IsFilledAsync(Stop));
        Assert.Equal(Runs, (await store.FindRebuildProgressAsync(Stop))?.Total);
        using var home = await client.GetAsync("/", Stop);
        Assert.Equal(HttpStatusCode.OK, home.StatusCode);

        // At the end: every experiment, no progress, and the advice that used to come before the first page.
        Assert.True(await EventuallyAsync(() => store.IsFilledAsync(Stop), filled => filled));
        Assert.Equal(ids.Reverse(), await store.ListExperimentIdsAsync(Stop));
        Assert.Null(await store.FindRebuildProgressAsync(Stop));
        await EventuallyAsync(() => Task.FromResult(host.Output), output => output.Contains("Interrupted: ", StringComparison.Ordinal));
        var oldest = (await store.ListRunsAsync(ids[0], Stop)).Single().Id;
        Assert.Empty(connection.GetServers()[0].Keys(pattern: $"cgh:run:{oldest}:curve:*"));
        using var page = await client.GetAsync($"/runs/{oldest.Experiment}/{oldest.Name}", Stop);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    private static async Task<T> EventuallyAsync<T>(Func<Task<T>> read, Func<T, bool> isTime)
    {
        for (var deadline = DateTime.UtcNow + s_timeout; ; await Task.Delay(20, Stop))
        {
            try
            {
                if (await read() is var value && isTime(value))
                {
                    return value;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            Assert.True(DateTime.UtcNow < deadline, "It did not happen within three minutes.");
        }
    }
}
