using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Xunit;

namespace Cgh.RunStore.Tests;

/// <summary>A real Redis server that is alive but refuses.</summary>
public sealed class RunStoreFaultTests : IAsyncLifetime
{
    private RedisServerProcess _server = null!;
    private ConnectionMultiplexer _admin = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        _admin = await ConnectionMultiplexer.ConnectAsync($"{_server.Address},allowAdmin=true");
    }

    public async ValueTask DisposeAsync()
    {
        await _admin.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", "The run store is full. Raise maxmemory of its Redis server.")]
    [InlineData(
        "REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", "The run store is read-only, because its Redis server is a replica. Use the address of the master.")]
    [InlineData(
        "CONFIG SET min-replicas-to-write 1",
        "CONFIG SET min-replicas-to-write 0",
        "The run store rejected a request: NOREPLICAS Not enough good replicas to write.")]
    public async Task Write_ServerRefuses_IsNamedAndRetriedUntilItIsCured(string refuse, string cure, string expected)
    {
        await using var connection = await StoreConnection.OpenAsync(ConfigurationOptions.Parse(_server.Address));
        var store = new RedisRunStore(connection);
        await ExecuteAsync(refuse);

        // A transaction's own reply does not say why.
        var inTransaction = await Assert.ThrowsAnyAsync<RedisException>(() => AddAsync(store));
        var alone = await Assert.ThrowsAnyAsync<RedisException>(() => store.MarkFilledAsync(Stop));
        var retried = AddAsync(RunStoreRetry.Create(store, NullLogger.Instance, TimeProvider.System));
        await ExecuteAsync(cure);

        Assert.Equal([expected, expected], [RunStoreFault.Describe(inTransaction), RunStoreFault.Describe(alone)]);
        Assert.True(RunStoreRetry.IsTransient(inTransaction) && RunStoreRetry.IsTransient(alone));
        Assert.True(await retried);
        Assert.Equal("demo-1", (await store.FindExperimentAsync("demo-1", Stop))!.Id);
    }

    [Fact]
    public async Task Write_ServerCannotSave_IsNamedUntilItCan()
    {
        await using var connection = await StoreConnection.OpenAsync(ConfigurationOptions.Parse(_server.Address));
        var store = new RedisRunStore(connection);
        using (_server.BlockSnapshots())
        {
            await ExecuteAsync("CONFIG", "SET", "save", "900 1");
            await SaveUntilAsync("err");

            var error = await Assert.ThrowsAnyAsync<RedisException>(() => AddAsync(store));
            Assert.Equal(
                "The run store refuses writes, because its Redis server cannot save to its disk. Fix what its log says.", RunStoreFault.Describe(error));
        }

        await SaveUntilAsync("ok");
        Assert.True(await AddAsync(store));
    }

    [Theory]
    [InlineData("")]
    [InlineData("old")]
    public async Task Read_PasswordWasChanged_IsNamed(string password)
    {
        await ExecuteAsync("CONFIG SET requirepass new");
        var options = ConfigurationOptions.Parse(_server.Address);
        (options.Password, options.AbortOnConnectFail, options.AsyncTimeout) = (password, false, 1000);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options);

        var error = await Assert.ThrowsAnyAsync<RedisException>(() => new RedisRunStore(connection).IsFilledAsync(Stop));

        Assert.Equal(
            "The run store needs a user or password, or others. Give them in the address, such as redis://USER:PASSWORD@HOST:6379.",
            RunStoreFault.Describe(error));
        Assert.True(RunStoreRetry.IsTransient(error));
    }

    private static Task<bool> AddAsync(IRunStore store)
    {
        var spec = new RunSpec { Name = "rm3", Dataset = "demo" };
        return store.AddExperimentAsync(
            new ExperimentState
            {
                Id = "demo-1",
                Recipe = new Recipe { Name = "demo", Dataset = new DatasetRequest { Name = "demo" }, Runs = [spec] },
                Created = DateTimeOffset.UtcNow,
            },
            [new RunState { Id = new RunId("demo-1", "rm3"), Spec = spec, Queued = DateTimeOffset.UtcNow }],
            Stop);
    }

    private async Task SaveUntilAsync(string status)
    {
        for (var deadline = DateTime.UtcNow + TimeSpan.FromMinutes(1);
            !$"{await ExecuteAsync("INFO persistence")}".Contains($"rdb_last_bgsave_status:{status}", StringComparison.Ordinal);
            await Task.Delay(50, Stop))
        {
            Assert.True(DateTime.UtcNow < deadline, $"BGSAVE never ended with {status}.");
            try
            {
                await _admin.GetServers()[0].SaveAsync(SaveType.BackgroundSave);
            }
            catch (RedisServerException)
            {
                // One is in progress.
            }
        }
    }

    private Task<RedisResult> ExecuteAsync(string command) => ExecuteAsync(command.Split(' '));

    private Task<RedisResult> ExecuteAsync(params string[] words) => _admin.GetServers()[0].ExecuteAsync(words[0], [.. words.Skip(1)]);
}
