using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>Each of these tests starts the whole laboratory: beside each other they would starve on two cores.</summary>
[CollectionDefinition(OneAtATime)]
public sealed class LaboratoryCollection : ICollectionFixture<SharedServices>
{
    public const string OneAtATime = "laboratory";
}
