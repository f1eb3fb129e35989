using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Tests;
using StackExchange.Redis;
using Xunit;

namespace Cgh.RunStore.Tests;

/// <summary>Each kind of key with contents that no version writes: lists leave it out and name it, and anything else fails with its name.</summary>
public sealed class UnreadableKeyTests : IAsyncLifetime
{
    private const string Damaged = "cgh:experiment:damaged";

    private readonly List<string> _lines = [];
    private RedisServerProcess _server = null!;
    private ConnectionMultiplexer _connection = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private IDatabase Database => _connection.GetDatabase();

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        _connection = await StoreConnection.OpenAsync(ConfigurationOptions.Parse(_server.Address));
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("", "The input does not contain any JSON tokens")]
    [InlineData("{ \"id\": \"dam", "Expected end of string")]
    [InlineData("null", "it is null")]
    [InlineData("[]", "The JSON value could not be converted to Cgh.Core.Store.ExperimentState")]
    [InlineData("{}", "JSON deserialization for type 'Cgh.Core.Store.ExperimentState' was missing required properties")]
    [InlineData("""{ "id": null, "recipe": null, "created": "2026-01-02T03:04:05Z" }""", "id is null")]
    [InlineData(
        """{ "id": "damaged", "recipe": { "dataset": { "name": "d" }, "runs": [null] }, "created": "2026-01-02T03:04:05Z" }""", "recipe.runs[0] is null")]
    public async Task List_ExperimentIsJunk_ListsTheOthersAndNamesIt(string junk, string reason)
    {
        var (store, unreadable) = await MakeAsync();
        await Database.StringSetAsync(Damaged, junk);

        await AssertLeftOutAsync(store, unreadable, Damaged, reason);
    }

    [Fact]
    public async Task List_ExperimentHasAnotherType_ListsTheOthersAndNamesIt()
    {
        var (store, unreadable) = await MakeAsync();
        await Database.KeyDeleteAsync(Damaged);
        await Database.ListRightPushAsync(Damaged, "x");

        await AssertLeftOutAsync(store, unreadable, Damaged, "it has another type");
    }

    [Theory]
    [InlineData("state", "{", "Expected depth to be zero")]
    [InlineData("state", """{ "id": "damaged/rm3", "spec": null, "queued": "2026-01-02T03:04:05Z" }""", "spec is null")]
    [InlineData("state", """{ "id": "damaged/rm3", "spec": { "epochs": 99999999999 } }""", "The JSON value could not be converted to System.Int32")]
    [InlineData("attempt", "many", "its attempt is no integer")]
    [InlineData("attempt", "99999999999", "its attempt is no integer")]
    public async Task ListRuns_RunIsJunk_ListsTheOthersAndNamesIt(string field, string junk, string reason)
    {
        var (store, unreadable) = await MakeAsync();
        await Database.HashSetAsync("cgh:run:damaged/rm3", field, junk);

        Assert.Equal(["sgd"], (await store.ListRunsAsync("damaged", Stop)).Select(run => run.Id.Name));
        await Assert.ThrowsAsync<UnreadableKeyException>(() => store.FindRunAsync(new RunId("damaged", "rm3"), Stop));
        AssertNamed(unreadable, "cgh:run:damaged/rm3", reason);
    }

    [Theory]
    [InlineData("cgh:run:damaged/rm3")]
    [InlineData("cgh:run:damaged/rm3:heartbeat")]
    [InlineData("cgh:experiment:damaged:runs")]
    public async Task ListRuns_KeyHasAnotherType_NamesIt(string key)
    {
        var (store, unreadable) = await MakeAsync();
        await ReplaceAsync(key);

        Assert.DoesNotContain(await store.ListRunsAsync("damaged", Stop), run => run.Id.Name == "rm3");
        AssertNamed(unreadable, key, "it has another type");

        await Database.KeyDeleteAsync(key);
        await store.ListRunsAsync("damaged", Stop);
        Assert.Empty(unreadable.Lines);
    }

    [Fact]
    public async Task Read_AnyOtherKeyHasAnotherTypeOrJunk_NamesIt()
    {
        var (store, unreadable) = await MakeAsync();
        var run = new RunId("sound", "rm3");

        await AssertThrowsAsync("cgh:dataset:demo", () => store.FindDatasetAsync("demo", Stop));
        await AssertThrowsAsync("cgh:run:sound/rm3:curve:train", () => store.ReadRowsAsync(run, "train", cancellationToken: Stop));
        await Database.KeyDeleteAsync("cgh:run:sound/rm3:curve:train");
        await Database.ListRightPushAsync("cgh:run:sound/rm3:curve:train", ["[0,1,2]", "[0,"]);
        await Assert.ThrowsAsync<UnreadableKeyException>(() => store.ReadRowsAsync(run, "train", cancellationToken: Stop));
        await ReplaceAsync("cgh:troubles");
        Assert.Empty(await store.ListRejectedMessagesAsync(cancellationToken: Stop));
        AssertNamed(unreadable, "cgh:troubles", "it has another type");
        await AssertThrowsAsync("cgh:experiments", () => store.ListExperimentsAsync(cancellationToken: Stop));

        async Task AssertThrowsAsync(string key, Func<Task> read)
        {
            await ReplaceAsync(key);
            var error = await Assert.ThrowsAsync<UnreadableKeyException>(read);
            Assert.StartsWith($"The run store's key {key} is not readable: it has another type.", error.Message);
            Assert.Equal(error.Message, RunStoreFault.Describe(error));
        }
    }

    // Makes a sound experiment and one to damage.
    private async Task<(RedisRunStore Store, UnreadableKeys Unreadable)> MakeAsync()
    {
        var unreadable = new UnreadableKeys(_lines.Add);
        var store = new RedisRunStore(_connection, unreadable);
        RunSpec[] specs = [new RunSpec { Name = "rm3", Dataset = "demo" }, new RunSpec { Name = "sgd", Dataset = "demo" }];
        foreach (var id in new[] { "sound", "damaged" })
        {
            var recipe = new Recipe { Name = "demo", Dataset = new DatasetRequest { Name = "demo" }, Runs = specs };
            await store.AddExperimentAsync(
                new ExperimentState { Id = id, Recipe = recipe, Created = DateTimeOffset.UtcNow },
                [.. specs.Select(spec => new RunState { Id = new RunId(id, spec.Name), Spec = spec, Queued = DateTimeOffset.UtcNow })],
                Stop);
        }

        return (store, unreadable);
    }

    private async Task ReplaceAsync(string key)
    {
        await Database.KeyDeleteAsync(key);
        await Database.SetAddAsync(key, "x");
    }

    private async Task AssertLeftOutAsync(RedisRunStore store, UnreadableKeys unreadable, string key, string reason)
    {
        Assert.Equal(["sound"], (await store.ListExperimentsAsync(cancellationToken: Stop)).Select(experiment => experiment.Id));
        await store.ListExperimentsAsync(cancellationToken: Stop);
        Assert.Equal(2, (await store.ListRunsAsync(500, Stop)).Count);
        var error = await Assert.ThrowsAsync<UnreadableKeyException>(() => store.FindExperimentAsync("damaged", Stop));
        AssertNamed(unreadable, key, reason);
        Assert.Equal(Assert.Single(_lines), error.Message);

        // What the line says; trainers then restore the experiment from its folder.
        Assert.True(await Database.KeyDeleteAsync(error.Message.Split("redis-cli del ")[1]));
        await store.ListExperimentsAsync(cancellationToken: Stop);
        Assert.Null(await store.FindExperimentAsync("damaged", Stop));
        Assert.Empty(unreadable.Lines);
    }

    private void AssertNamed(UnreadableKeys unreadable, string key, string reason)
    {
        var line = Assert.Single(unreadable.Lines);
        Assert.StartsWith($"The run store's key {key} is not readable: {reason}", line);
        Assert.Contains(line, _lines);
    }
}
