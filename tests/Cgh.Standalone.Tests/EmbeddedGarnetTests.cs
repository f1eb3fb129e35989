using Cgh.Tests;
using StackExchange.Redis;
using Xunit;

namespace Cgh.Standalone.Tests;

/// <summary>The run store contract on the embedded Garnet server.</summary>
public sealed class EmbeddedGarnetTests : RunStoreContract
{
    private EmbeddedGarnet? _server;

    [Fact]
    public async Task Start_LongCurve_NoRowIsEvicted()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_server!.Address);
        var database = connection.GetDatabase();
        RedisValue[] rows = [.. Enumerable.Range(0, 10_000).Select(step => (RedisValue)$"[0,{step},20,4.123456789]")];
        for (var curve = 0; curve < 100; curve++)
        {
            await database.ListRightPushAsync($"curve-{curve}", rows);
        }

        for (var curve = 0; curve < 100; curve++)
        {
            Assert.Equal(rows.Length, await database.ListLengthAsync($"curve-{curve}"));
        }
    }

    protected override Task<string> StartServerAsync()
    {
        _server = EmbeddedGarnet.Start(new EmbeddedStoreOptions());
        return Task.FromResult(_server.Address);
    }

    protected override ValueTask StopServerAsync()
    {
        _server?.Dispose();
        return ValueTask.CompletedTask;
    }
}
