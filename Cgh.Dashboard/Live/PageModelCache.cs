using Microsoft.Extensions.Caching.Memory;

namespace Cgh.Dashboard.Live;

/// <summary>
/// What pages last showed. A page is rendered once on the server and again when its connection stands; the second rendering
/// starts from what the first one read, so that nothing blinks.
/// </summary>
public sealed class Snapshots : IDisposable
{
    private static readonly TimeSpan s_kept = TimeSpan.FromMinutes(2);

    private readonly MemoryCache _models = new(new MemoryCacheOptions { SizeLimit = 200 });

    public T? Find<T>(string key)
        where T : class => _models.Get<T>(key);

    public void Save<T>(string key, T model)
        where T : class => _models.Set(key, model, new MemoryCacheEntryOptions { SlidingExpiration = s_kept, Size = 1 });

    public void Remove(string key) => _models.Remove(key);

    public void Dispose() => _models.Dispose();
}
