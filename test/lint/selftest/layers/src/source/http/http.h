/* a room's own header */
