namespace Cgh.EndToEnd.Tests;

/// <summary>Each of these tests starts the whole laboratory: beside each other they would starve on two cores.</summary>
internal static class Laboratory
{
    public const string OneAtATime = "laboratory";
}
