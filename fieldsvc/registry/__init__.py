"""Registry care (登记维护): duplicate households and persons found, compared, merged and split again; persons who move."""
