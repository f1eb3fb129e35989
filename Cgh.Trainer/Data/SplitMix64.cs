namespace Cgh.Trainer.Data;

/// <summary>The SplitMix64 generator of Steele, Lea and Flood (2014), whose outputs can be computed in any order.</summary>
internal static class SplitMix64
{
    private const ulong Increment = 0x9e3779b97f4a7c15;

    /// <summary>Returns output <paramref name="index"/>, counting from 0, of the generator with the initial state <paramref name="state"/>.</summary>
    public static ulong Output(ulong state, ulong index = 0)
    {
        var z = state + ((index + 1) * Increment);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
