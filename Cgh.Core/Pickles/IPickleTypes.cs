namespace Cgh.Core.Pickles;

/// <summary>The classes and functions that a kind of pickle may name. None is looked up or called: a call yields a value that stands for its result.</summary>
public interface IPickleTypes
{
    /// <summary>Returns the class or function of this name if such pickles need it.</summary>
    /// <exception cref="UserErrorException">They do not.</exception>
    PickleGlobal Global(string module, string name);

    /// <summary>Returns the value that a call of <paramref name="callable"/> represents.</summary>
    /// <exception cref="UserErrorException">The call is not one that such pickles need.</exception>
    object? Make(object? callable, object?[] arguments);

    /// <summary>Returns the value of a persistent id, which refers to data outside the pickle.</summary>
    /// <exception cref="UserErrorException">Such pickles have no such data.</exception>
    object? Persistent(object? id);

    /// <summary>Sets the attributes of <paramref name="target"/>, a value that the pickle has made.</summary>
    /// <exception cref="UserErrorException">The target has no such attributes.</exception>
    void SetState(object? target, object? state);
}

/// <summary>An object of a class that the reader does not know: its parts as the pickle has them. Nothing was called to make it.</summary>
/// <param name="type">The class or function that would make it; null for a value that is neither.</param>
public sealed class PickleObject(PickleGlobal? type)
{
    /// <summary>The class or function that would make it; null for a value that is neither.</summary>
    public PickleGlobal? Type { get; } = type;

    /// <summary>What the pickle sets in it as in a dictionary. What it appends to it as to a list is dropped.</summary>
    public Dictionary<string, object?> Items { get; } = new(StringComparer.Ordinal);

    /// <summary>Its attributes: a dictionary, unless its class has another form.</summary>
    public object? State { get; set; }
}

/// <summary>A Python class or function named in a pickle. It is never looked up or called.</summary>
public sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}
