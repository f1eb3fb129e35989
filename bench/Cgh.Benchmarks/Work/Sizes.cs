namespace Cgh.Benchmarks.Work;

internal static class Sizes
{
    /// <summary>Parameters of ResNet-18 with 1,000 classes.</summary>
    public const long ResNet18 = 11_689_512;
}
