using Cgh.Core;
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;
using Xunit;

namespace Cgh.Standalone.Tests;

/// <summary>The embedded run store as another program on this machine reaches it.</summary>
public sealed class EmbeddedStoreTests
{
    [Fact]
    public async Task Start_PortAndPassword_AnswersThereAndOnlyWithThePassword()
    {
        var port = ServiceDefaults.LocalPorts.AnyFree();
        using var server = EmbeddedGarnet.Start(new EmbeddedStoreOptions { Port = port, Password = "secret" });

        Assert.Equal($"127.0.0.1:{port},password=secret", server.Address);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Address);
        Assert.True(await connection.GetDatabase().StringSetAsync("key", "value"));
        foreach (var without in new[] { $"127.0.0.1:{port}", $"127.0.0.1:{port},password=other" })
        {
            await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync($"{without},connectRetry=1,connectTimeout=5000"));
        }
    }

    [Fact]
    public void Start_PortInUse_NamesTheAlternative()
    {
        using var first = EmbeddedGarnet.Start(new EmbeddedStoreOptions());
        var port = int.Parse(first.Address.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);

        var error = Assert.Throws<UserErrorException>(() => EmbeddedGarnet.Start(new EmbeddedStoreOptions { Port = port }));

        Assert.StartsWith("Cannot start the embedded run store: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NothingSet_IsAnyPortWithoutPassword() => Assert.Equal(new EmbeddedStoreOptions(), Read([]));

    [Fact]
    public void Read_Set_IsRead() => Assert.Equal(
        new EmbeddedStoreOptions { Port = 6390, Password = "secret" },
        Read(new() { ["EmbeddedStore:Port"] = "6390", ["EmbeddedStore:Password"] = "secret" }));

    [Theory]
    [InlineData("0", "EmbeddedStore:Port must be between 1 and 65535 (it is 0).")]
    [InlineData("65536", "EmbeddedStore:Port must be between 1 and 65535 (it is 65536).")]
    [InlineData("many", "EmbeddedStore:Port must be an integer (got 'many').")]
    public void Read_NoPort_IsRefused(string port, string expected) =>
        Assert.Equal(expected, Assert.Throws<UserErrorException>(() => Read(new() { ["EmbeddedStore:Port"] = port })).Message);

    private static EmbeddedStoreOptions Read(Dictionary<string, string?> settings) =>
        EmbeddedStoreOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
}
