namespace Cgh.Trainer.Data;

/// <summary>Steele, Lea and Flood's generator (2014): its outputs follow from a state alone, so that nothing need be drawn in an order.</summary>
internal static class SplitMix64
{
    private const ulong Increment = 0x9e3779b97f4a7c15;

    /// <summary>Output <paramref name="index"/>, from 0, of the generator that starts at <paramref name="state"/>.</summary>
    public static ulong Output(ulong state, ulong index = 0)
    {
        var z = state + ((index + 1) * Increment);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
