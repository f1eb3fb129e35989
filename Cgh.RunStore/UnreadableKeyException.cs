namespace Cgh.RunStore;

/// <summary>A key of the run store has another type or contents than this version writes.</summary>
public sealed class UnreadableKeyException : Exception
{
    /// <param name="key">The key.</param>
    /// <param name="reason">What is wrong, as a phrase.</param>
    /// <param name="delete">The key to delete; trainers restore an experiment from its folder.</param>
    /// <param name="inner">The error.</param>
    public UnreadableKeyException(string key, string reason, string delete, Exception inner)
        : base($"The run store's key {key} is not readable: {reason}. Delete it with: redis-cli del {delete}", inner) => Key = key;

    /// <summary>The key.</summary>
    public string Key { get; }
}
