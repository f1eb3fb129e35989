using Microsoft.Extensions.Caching.Memory;

namespace Cgh.Dashboard.Live;

/// <summary>
/// Keeps what pages showed last. A page is prerendered and rendered again once it is interactive; the second rendering starts
/// from the model of the first, so that it does not flicker.
/// </summary>
public sealed class PageModelCache : IDisposable
{
    private static readonly TimeSpan s_expiry = TimeSpan.FromMinutes(2);

    private readonly MemoryCache _models = new(new MemoryCacheOptions { SizeLimit = 200 });

    public T? Find<T>(string key)
        where T : class => _models.Get<T>(key);

    public void Save<T>(string key, T model)
        where T : class => _models.Set(key, model, new MemoryCacheEntryOptions { SlidingExpiration = s_expiry, Size = 1 });

    public void Remove(string key) => _models.Remove(key);

    public void Dispose() => _models.Dispose();
}
