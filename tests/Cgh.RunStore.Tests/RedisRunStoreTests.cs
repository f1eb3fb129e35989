using Cgh.Tests;

namespace Cgh.RunStore.Tests;

/// <summary>The run store on a real redis-server.</summary>
public sealed class RedisRunStoreTests : RunStoreContract
{
    private RedisServerProcess? _server;

    protected override async Task<string> StartServerAsync()
    {
        _server = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        return _server.Address;
    }

    protected override async ValueTask StopServerAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
